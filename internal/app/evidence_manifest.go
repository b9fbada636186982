package app

import (
	"time"

	"rehome/internal/document"
	"rehome/internal/estate"
)

// EvidenceFormat is the version of a set of evidence.
const EvidenceFormat = "rehome.evidence/v1"

const (
	manifestName = "manifest.json"
	consentsName = "consents.jsonl" // the engine's file in a run's directory
)

// Manifest lists the files of a set. Each entry names the one before it by hash, and the seal covers the manifest itself, so that a
// change shows. Whoever rewrites everything can seal it again: that shows only to those who wrote the seal down.
type Manifest struct {
	Format      string          `json:"format"`
	Made        time.Time       `json:"made"`
	Version     string          `json:"version"` // of rehome
	Target      estate.Target   `json:"target"`
	Plan        string          `json:"plan"`                  // the fingerprint that consents and journal are bound to
	Run         string          `json:"run,omitzero"`          // empty: not begun
	JournalHead string          `json:"journal_head,omitzero"` // SHA-256 of the journal's last line
	Records     int             `json:"journal_records"`
	Files       []ManifestEntry `json:"files"`
	Seal        string          `json:"seal"` // SHA-256 of this file's text with an empty seal
}

// ManifestEntry is one file.
type ManifestEntry struct {
	Name     string      `json:"name"`
	What     string      `json:"what"`
	Size     int         `json:"size"` // bytes
	SHA256   string      `json:"sha256"`
	Redacted []Redaction `json:"redacted,omitzero"` // none: the file is as rehome keeps it
	Prev     string      `json:"prev"`              // SHA-256 of the entry before, as JSON; empty in the first
}

// Redaction says what was replaced in a file: a JSON pointer with a star for each name or number, and how often.
type Redaction struct {
	Place string `json:"place"`
	Count int    `json:"count"`
}

func (m *Manifest) add(e ManifestEntry) {
	if n := len(m.Files); n > 0 {
		e.Prev = m.Files[n-1].hash()
	}
	m.Files = append(m.Files, e)
}

// hash stands for the entry and, by its prev, for all before it.
func (e ManifestEntry) hash() string {
	text, _ := document.Encode(e) // strings and numbers only; cannot fail
	return hexSum(text)
}

// close seals the manifest and gives its text.
func (m *Manifest) close() ([]byte, error) {
	var err error
	if m.Seal, err = m.sealed(); err != nil {
		return nil, err
	}
	return document.Encode(m)
}

func (m *Manifest) sealed() (string, error) {
	open := *m
	open.Seal = ""
	text, err := document.Encode(&open)
	return hexSum(text), err
}

// unchained names the first entry that does not follow the one before it; empty: all do.
func (m *Manifest) unchained() string {
	prev := ""
	for _, e := range m.Files {
		if e.Prev != prev {
			return e.Name
		}
		prev = e.hash()
	}
	return ""
}

const readme = `Evidence of a move by rehome
============================

Open report.html in any browser; it loads nothing from anywhere. The other files are what it was made from:

  survey.json        what there was when the plan was made
  plan.json          the plan: steps, reasons, risks, the facts it rests on
  rehearsal.json     the walk of this plan on a local twin of AWS
  consents.jsonl     who accepted which risk, when, until when
  journal.jsonl      what the run did, one line each, in order
  calls.json         every call to AWS with its request id, to be held against CloudTrail
  results.json       what came of each step, and what is open afterwards
  survey-after.json  what there was when somebody looked after the run
  manifest.json      all of these files with their SHA-256

A file that is not here did not exist when the set was made.

To check the set:  rehome report --verify .
It needs no network and no credentials. By hand, with sha256sum and a JSON reader:

  1. each file's SHA-256 is the one in manifest.json;
  2. in manifest.json, each entry's "prev" is the SHA-256 of the entry before it, written as JSON with two spaces of
     indentation, from its first brace, which stands in the first column, to its last, and a newline;
  3. the seal is the SHA-256 of manifest.json with "seal": "";
  4. in journal.jsonl and consents.jsonl, each line's "prev" is the SHA-256 of the whole line before it, without the
     newline, and its "sum" is the SHA-256 of the line up to the comma before "sum";
  5. "journal_head" is the SHA-256 of the last line of journal.jsonl;
  6. plan, consents and journal bear the same fingerprint.

Whoever can rewrite every file can seal the set again. Write the seal down where that person cannot reach it.

People: whoever surveyed, consented or ran is named, because that is what evidence is for; journal and consents are as they
were written. People who are only in the directory have pseudonyms in all other files, the same person the same one in the
whole set; so have e-mail addresses. They were made with a random salt that is kept nowhere, so that two sets cannot be
joined by them. manifest.json says for each file what was replaced, and how often. A plan in which something was replaced
does not give its fingerprint any more; where the plan is kept, rehome report --verify compares the two in every other place.
`
