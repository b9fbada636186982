package estate

import (
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Known is a value that somebody may or may not have looked at. The zero value is "not looked, no reason given".
//
// In JSON a known value is written as itself, a known absence as null, and what was not looked at as {"not_looked": why};
// a missing member is the zero value.
type Known[T any] struct {
	state state
	value T
	why   string
}

type state uint8

const (
	notLooked state = iota
	absent
	known
)

// Of is a value that was seen.
func Of[T any](v T) Known[T] { return Known[T]{state: known, value: v} }

// Absent is the certainty that there is none.
func Absent[T any]() Known[T] { return Known[T]{state: absent} }

// NotLooked is the lack of knowledge, and its reason: denied, throttled, skipped.
func NotLooked[T any](why string) Known[T] { return Known[T]{why: why} }

// Get returns the value; ok is false when it is absent or was not looked at.
func (k Known[T]) Get() (v T, ok bool) { return k.value, k.state == known }

// Or returns the value, or alt when there is none or nobody looked.
func (k Known[T]) Or(alt T) T {
	if k.state == known {
		return k.value
	}
	return alt
}

// IsKnown reports whether there is a value.
func (k Known[T]) IsKnown() bool { return k.state == known }

// IsAbsent reports whether it is certain that there is none.
func (k Known[T]) IsAbsent() bool { return k.state == absent }

// Looked reports whether somebody looked: the value is known or known to be absent.
func (k Known[T]) Looked() bool { return k.state != notLooked }

// Why gives the reason for not having looked; it is never empty then.
func (k Known[T]) Why() string {
	if k.state == notLooked && k.why == "" {
		return "the survey did not look at it"
	}
	return k.why
}

// IsZero reports whether the value is "not looked" without a reason; encoders leave it out.
func (k Known[T]) IsZero() bool { return k.state == notLooked && k.why == "" }

type unlooked struct {
	Why string `json:"not_looked"`
}

// MarshalJSONTo writes the form described at the type.
func (k Known[T]) MarshalJSONTo(enc *jsontext.Encoder) error {
	switch k.state {
	case known:
		return json.MarshalEncode(enc, k.value)
	case absent:
		return enc.WriteToken(jsontext.Null)
	default:
		return json.MarshalEncode(enc, unlooked{k.Why()})
	}
}

// UnmarshalJSONFrom reads the form described at the type, as strictly as the decoder is.
func (k *Known[T]) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	switch dec.PeekKind() {
	case 'n':
		*k = Absent[T]()
		return dec.SkipValue()
	case '{':
		return k.unmarshalObject(dec)
	}
	var v T
	if err := json.UnmarshalDecode(dec, &v); err != nil {
		return err
	}
	*k = Of(v)
	return nil
}

// unmarshalObject tells {"not_looked": …} from an object that is the value itself. Peeking into the object needs a copy of its
// text; positions inside the copy are moved back to the whole text.
func (k *Known[T]) unmarshalObject(dec *jsontext.Decoder) error {
	base, pointer := dec.InputOffset(), dec.StackPointer()
	text, err := dec.ReadValue()
	if err != nil {
		return err
	}
	base = dec.InputOffset() - int64(len(text))
	var u unlooked
	if json.Unmarshal(text, &u, json.RejectUnknownMembers(true)) == nil && u.Why != "" {
		*k = NotLooked[T](u.Why)
		return nil
	}
	var v T
	if err := json.Unmarshal(text, &v, dec.Options()); err != nil {
		return rebase(err, base, pointer)
	}
	*k = Of(v)
	return nil
}

func rebase(err error, base int64, pointer jsontext.Pointer) error {
	if sem, ok := err.(*json.SemanticError); ok {
		moved := *sem
		moved.ByteOffset += base
		moved.JSONPointer = pointer + moved.JSONPointer
		return &moved
	}
	return fmt.Errorf("%s: %w", pointer, err)
}
