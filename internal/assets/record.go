package assets

import (
	"time"

	"rehome/internal/estate"
)

// Format is the first thing in a manifest; a vault of another format is not read.
const Format = "rehome.vault/v1"

// Header says what a vault belongs to. It stands in the first record and never changes.
type Header struct {
	Format         string           `json:"format"`
	Account        estate.AccountID `json:"account"`
	IdentityRegion estate.Region    `json:"identity_region"`
	Target         string           `json:"target"` // what was exported from: AWS or a twin, as a plan names it
	Run            string           `json:"run"`    // of the run that began the vault
}

// RecordType is what a record tells.
type RecordType string

// The records, in the order in which a vault gets them.
const (
	RecordBegin    RecordType = "begin"    // Header
	RecordResume   RecordType = "resume"   // somebody opened the vault again; a plan that was not whole counts no more
	RecordBeside   RecordType = "beside"   // Region, File: the items of a Region, with all that no bundle holds
	RecordPeople   RecordType = "people"   // File: who is in the account, which no bundle holds either
	RecordPlanned  RecordType = "planned"  // Job, Assets
	RecordPlan     RecordType = "plan"     // Count: so many jobs were planned, and no more come but from splitting
	RecordStarted  RecordType = "started"  // Job, Export: it is on the disk before the call goes out
	RecordStored   RecordType = "stored"   // Job, Export, Created, File, Entries, Problems: warnings
	RecordSplit    RecordType = "split"    // Job, Problems, Halves: the job failed and two smaller ones stand for it
	RecordFailed   RecordType = "failed"   // Job, Problems: a job of one asset failed
	RecordComplete RecordType = "complete" // every job is stored, split or failed
)

var recordTypes = map[RecordType]bool{RecordBegin: true, RecordResume: true, RecordBeside: true, RecordPeople: true, RecordPlanned: true, RecordPlan: true,
	RecordStarted: true, RecordStored: true, RecordSplit: true, RecordFailed: true, RecordComplete: true}

// Record is one line of a manifest. N counts from 1; Prev is the hash of the line before.
type Record struct {
	N        int           `json:"n"`
	Type     RecordType    `json:"type"`
	Time     time.Time     `json:"time"`
	Prev     string        `json:"prev"`
	Header   *Header       `json:"header,omitzero"`
	Region   estate.Region `json:"region,omitzero"`
	Job      string        `json:"job,omitzero"` // REGION/NNN
	Export   string        `json:"export,omitzero"`
	Created  time.Time     `json:"created,omitzero"` // of the export job, as AWS says; else when it was started
	Assets   []AssetID     `json:"assets,omitzero"`
	File     *File         `json:"file,omitzero"`
	Entries  []Entry       `json:"entries,omitzero"`
	Problems []Problem     `json:"problems,omitzero"`
	Halves   []Half        `json:"halves,omitzero"`
	Count    int           `json:"count,omitzero"`
	Detail   string        `json:"detail,omitzero"`
}

// AssetID names an asset inside its Region.
type AssetID struct {
	Type estate.AssetType `json:"type"`
	ID   string           `json:"id"`
}

// File is a file of the vault. Name has slashes and is relative to the vault.
type File struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// Entry is one asset inside a bundle, and the hash of its text.
type Entry struct {
	AssetID
	SHA256 string `json:"sha256"`
}

// Problem is an error or a warning of an export job, as AWS words it (quick-api 3.2).
type Problem struct {
	ARN     estate.ARN `json:"arn,omitzero"`
	Type    string     `json:"type,omitzero"`
	Message string     `json:"message"`
}

// Half is one of the jobs into which a failed job was split.
type Half struct {
	Job    string    `json:"job"`
	Assets []AssetID `json:"assets"`
}
