package app

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"rehome/internal/diag"
	"rehome/internal/engine"
	"rehome/internal/estate"
)

// redactor replaces people who did not act by pseudonyms. The same person has the same pseudonym wherever the redactor is used.
type redactor struct {
	salt   []byte
	people map[string]string // user names, display names and addresses of people -> pseudonym
	full   *strings.Replacer // display names of several words, in prose
	acting map[string]bool   // ARNs that stay as they are
	places map[string]int    // of the document at work
}

var (
	// mailOrARN finds addresses, and ARNs so that those of acting people can be left alone.
	mailOrARN = regexp.MustCompile(`arn:aws[a-z-]*:(?:sts|iam)::[0-9]*:[^\s"',;()]+|[A-Za-z0-9._%+'-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+`)
	word      = regexp.MustCompile(`[\p{L}\p{N}_.+-]+`)
	member    = regexp.MustCompile(`^[a-z_]+$`)

	// personal are members that hold a person's own data wherever they stand.
	personal = map[string]bool{"user_name": true, "given_name": true, "family_name": true, "first_name": true, "last_name": true, "phone": true}
	// prose are members that rehome writes sentences into.
	prose = map[string]bool{"title": true, "cause": true, "fix": true, "seen": true, "detail": true, "why": true, "judged": true, "reason": true, "effect": true, "lines": true}
)

// newRedactor learns the people of the surveys; nil surveys are skipped.
func newRedactor(salt []byte, acting []string, surveys ...*estate.Survey) *redactor {
	r := &redactor{salt: salt, people: map[string]string{}, acting: map[string]bool{}}
	for _, arn := range acting {
		r.acting[arn] = true
	}
	for _, s := range surveys {
		if s == nil {
			continue
		}
		r.learn(s.Estate.IdentityCenter)
		for _, account := range s.Estate.Accounts {
			r.learn(account.AccountInstance)
			for _, space := range account.Quick.Or(estate.Quick{}).Namespaces.Or(nil) {
				for name, u := range space.Users.Or(nil) {
					r.person(name, u.Email)
				}
			}
		}
	}
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(r.people)) {
		if strings.Contains(name, " ") {
			pairs = append(pairs, name, r.people[name])
		}
	}
	r.full = strings.NewReplacer(pairs...)
	return r
}

func (r *redactor) learn(k estate.Known[estate.Instance]) {
	inst, _ := k.Get()
	for _, u := range inst.Users.Or(nil) {
		r.person(u.UserName, u.Email, u.DisplayName)
	}
	for _, at := range inst.UsersAt {
		for _, name := range at.Or(nil) {
			r.person(name)
		}
	}
}

// person gives all names of one person the pseudonym of the first.
func (r *redactor) person(name string, more ...string) {
	for _, n := range append([]string{name}, more...) {
		if n != "" && r.people[n] == "" {
			r.people[n] = r.pseudonym(name)
		}
	}
}

// pseudonym is stable within a set, and tells nothing without the salt.
func (r *redactor) pseudonym(of string) string {
	if p := r.people[of]; p != "" {
		return p
	}
	sum := hmac.New(sha256.New, r.salt)
	sum.Write([]byte(of))
	return "person-" + hex.EncodeToString(sum.Sum(nil))[:10]
}

// redacted gives a copy of a document without the people in it, and what was replaced. Without any it is the document itself.
func redacted[T any](r *redactor, v *T) (*T, []Redaction, error) {
	text, err := json.Marshal(v, json.Deterministic(true))
	var tree any
	if err == nil {
		err = json.Unmarshal(text, &tree)
	}
	if err != nil {
		return nil, nil, diag.From("redacting", err)
	}
	r.places = map[string]int{}
	tree = r.walk(tree, nil)
	if len(r.places) == 0 {
		return v, nil, nil
	}
	var out T
	if text, err = json.Marshal(tree, json.Deterministic(true)); err == nil {
		err = json.Unmarshal(text, &out)
	}
	if err != nil {
		return nil, nil, diag.From("redacting", err)
	}
	var places []Redaction
	for _, p := range slices.Sorted(maps.Keys(r.places)) {
		places = append(places, Redaction{p, r.places[p]})
	}
	return &out, places, nil
}

// walk replaces in a tree of plain JSON values. path are the members on the way.
func (r *redactor) walk(v any, path []string) any {
	switch v := v.(type) {
	case map[string]any:
		if v["type"] == string(engine.TypeHand) {
			return v // whoever says that a step is done acts
		}
		out := map[string]any{}
		for k, inner := range v {
			at := append(slices.Clone(path), k)
			if k == "display_name" && v["user_name"] != nil {
				inner = r.changed(at, inner, r.pseudonym(fmt.Sprint(v["user_name"])))
			} else if personal[k] {
				inner = r.changed(at, inner, r.pseudonym(cmp.Or(str(v["user_name"]), str(inner))))
			} else {
				inner = r.walk(inner, at)
			}
			out[r.member(k, at)] = inner
		}
		return out
	case []any:
		for i := range v {
			v[i] = r.walk(v[i], append(slices.Clone(path), "*"))
		}
		return v
	case string:
		return r.changed(path, v, r.plain(v, path))
	}
	return v
}

func str(v any) string {
	s, _ := v.(string)
	return s
}

// member is the name of a member; where people are listed by name, that is a pseudonym.
func (r *redactor) member(name string, at []string) string {
	if len(at) > 1 && at[len(at)-2] == "users" && r.people[name] != "" {
		r.places[place(at)]++
		return r.people[name]
	}
	clean := r.mail(name)
	if clean != name {
		r.places[place(at)]++
	}
	return clean
}

// plain is a text without people.
func (r *redactor) plain(s string, path []string) string {
	if len(path) == 0 {
		return s
	}
	last := path[len(path)-1]
	if last == "*" && len(path) > 1 {
		last = path[len(path)-2]
	}
	switch {
	case r.people[s] != "" && (slices.Contains(path, "users_at") || slices.Contains(path, "groups")):
		return r.people[s]
	case prose[last] || len(path) > 1 && path[len(path)-2] == "output":
		s = r.full.Replace(r.mail(s))
		return word.ReplaceAllStringFunc(s, func(w string) string {
			name := strings.TrimRight(w, ".")
			if p := r.people[name]; p != "" {
				return p + w[len(name):]
			}
			return w
		})
	}
	return r.mail(s)
}

// mail replaces addresses in a text, but not in the ARNs of those who acted.
func (r *redactor) mail(s string) string {
	return mailOrARN.ReplaceAllStringFunc(s, func(found string) string {
		if strings.HasPrefix(found, "arn:") {
			if r.acting[found] || !strings.Contains(found, "@") {
				return found
			}
			head, tail, _ := strings.Cut(found, "assumed-role/")
			role, session, _ := strings.Cut(tail, "/")
			return head + "assumed-role/" + role + "/" + r.pseudonym(session)
		}
		return r.pseudonym(found) + "@redacted.invalid"
	})
}

// changed counts a replacement.
func (r *redactor) changed(path []string, old any, now string) any {
	if old == nil || old == now {
		return old
	}
	r.places[place(path)]++
	return now
}

// place is a JSON pointer with a star for every member that is a name or a number and not the format's own.
func place(path []string) string {
	var b strings.Builder
	for i, m := range path {
		if !member.MatchString(m) || i > 0 && path[i-1] == "users" {
			m = "*"
		}
		b.WriteString("/" + m)
	}
	return b.String()
}
