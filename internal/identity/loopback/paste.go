package loopback

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"unicode"

	"rehome/internal/diag"
	"rehome/internal/estate"
	"rehome/internal/identity"
)

// maxPaste is the longest address that is read, in bytes.
const maxPaste = 64 << 10

// Pasted is the redirect address without a listener: a person whose browser runs elsewhere pastes the address at which it ended.
type Pasted struct {
	lines chan string // closed at the end of the input
	begin func()
	out   io.Writer
	begun bool
}

var _ identity.Listener = (*Pasted)(nil)

// Paste asks on out for the address and reads it from in, one line each time. What was begun to be read of in is not given back.
func Paste(in io.Reader, out io.Writer) *Pasted {
	p := &Pasted{lines: make(chan string), out: out}
	p.begin = func() {
		defer close(p.lines)
		s := bufio.NewScanner(in)
		s.Buffer(nil, maxPaste)
		for s.Scan() {
			p.lines <- s.Text()
		}
	}
	return p
}

// Receive asks until something is pasted that is an address at all.
func (p *Pasted) Receive(ctx context.Context) (identity.Callback, error) {
	if !p.begun {
		p.begun = true
		go p.begin() // it ends with the input; a read cannot be called off
	}
	for {
		fmt.Fprintf(p.out, "Sign in, on whatever computer. The browser ends at a page of %s that it cannot show.\nPaste that page's whole address here: ", estate.DesktopRedirect)
		select {
		case line, ok := <-p.lines:
			if !ok {
				return identity.Callback{}, &diag.Error{Code: "identity/paste", What: "nothing was pasted", Why: "the input ended", Exit: diag.ExitUsage}
			}
			c, err := parse(line)
			if err == nil {
				return c, nil
			}
			fmt.Fprintf(p.out, "\nThis cannot be used: %v.\n", err)
		case <-ctx.Done():
			return identity.Callback{}, ctx.Err()
		}
	}
}

// parse reads a pasted address. Terminals break long lines and chats add marks around them.
func parse(line string) (identity.Callback, error) {
	line = strings.Trim(strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, line), `<>"'`)
	u, err := url.Parse(line)
	switch {
	case line == "":
		return identity.Callback{}, errors.New("the line is empty")
	case err != nil || u.Host == "":
		return identity.Callback{}, errors.New("it is no address that begins with " + estate.DesktopRedirect)
	case u.Query().Has("code_challenge"):
		return identity.Callback{}, errors.New("it is the address of the sign-in page; the one after the sign-in is needed")
	}
	q := u.Query()
	path := u.Path
	if path == "" {
		path = "/"
	}
	return identity.Callback{Method: "GET", Host: u.Host, Path: path, Values: q, Query: q}, nil
}

// Answer prints how it ended.
func (p *Pasted) Answer(v identity.Verdict) {
	fmt.Fprintf(p.out, "\n%s\n", v.Title)
	for _, line := range lines(v.Text) {
		fmt.Fprintln(p.out, line)
	}
}

// Close does nothing: the input belongs to whoever gave it.
func (p *Pasted) Close() error { return nil }

func lines(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == '\n' })
}
