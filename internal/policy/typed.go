package policy

import (
	"bytes"
	"encoding/base64"
	"math/big"
	"net/netip"
	"strings"
	"time"
)

// test compares a request's value with one value of a policy. MatchUnknown: the
// request's value is not of the operator's type; what AWS does with it is not
// documented.
type test func(value string) Match

// readers read a policy's value once, at Parse; nil: the value is malformed.
var readers = map[comparison]func(operator, string) test{
	numeric: func(op operator, text string) test { return ordered(op, text, readNumber, (*big.Rat).Cmp) },
	date:    func(op operator, text string) test { return ordered(op, text, readDate, time.Time.Compare) },
	binary:  readBinary,
	network: readNetwork,
}

func ordered[T any](op operator, text string, read func(string) (T, bool), compare func(a, b T) int) test {
	limit, ok := read(text)
	if !ok {
		return nil
	}
	return func(value string) Match {
		got, ok := read(value)
		if !ok {
			return MatchUnknown
		}
		return matchIf(op.order.fits(compare(got, limit)))
	}
}

// maxNumber is more digits than any number in a policy needs, so that no text costs more than it should.
const maxNumber = 64

// readNumber reads a decimal number exactly: sign, digits, one point.
func readNumber(s string) (*big.Rat, bool) {
	digits := strings.TrimPrefix(strings.TrimPrefix(s, "-"), "+")
	if digits == "" || len(s) > maxNumber || strings.Trim(digits, "0123456789.") != "" || strings.HasPrefix(digits, ".") || strings.HasSuffix(digits, ".") {
		return nil, false
	}
	return new(big.Rat).SetString(s)
}

// dates are the forms of ISO 8601 that W3C allows. A year alone is left out: it
// could be seconds as well.
var dates = []string{time.RFC3339Nano, "2006-01-02T15:04Z07:00", "2006-01-02", "2006-01"}

// readDate reads a date or the seconds since 1970 (idc-kms 4.4).
func readDate(s string) (time.Time, bool) {
	if seconds := strings.TrimPrefix(s, "-"); len(seconds) > 4 && len(seconds) < 13 && strings.Trim(seconds, "0123456789") == "" {
		n, ok := new(big.Int).SetString(s, 10)
		return time.Unix(n.Int64(), 0), ok
	}
	for _, layout := range dates {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// readBinary reads base64; binary values of a request are given as base64 as well.
func readBinary(_ operator, text string) test {
	want, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil
	}
	return func(value string) Match {
		got, err := base64.StdEncoding.DecodeString(value)
		if err != nil {
			return MatchUnknown
		}
		return matchIf(bytes.Equal(got, want))
	}
}

// readNetwork reads a range or a lone address, of IPv4 or IPv6.
func readNetwork(_ operator, text string) test {
	network, err := netip.ParsePrefix(text)
	if err != nil {
		address, err := netip.ParseAddr(text)
		if err != nil || address.Zone() != "" {
			return nil
		}
		network = netip.PrefixFrom(address, address.BitLen())
	}
	return func(value string) Match {
		address, err := netip.ParseAddr(value)
		if err != nil {
			return MatchUnknown
		}
		return matchIf(network.Contains(address))
	}
}
