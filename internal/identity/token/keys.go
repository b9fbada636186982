package token

import "rehome/internal/diag"

// KeySet is a provider's key set, as far as its keys can verify an RS256 signature. The zero value holds none.
type KeySet struct{}

// ParseKeys reads a key set (RFC 7517 section 5). Each key is judged by itself, so that one that cannot be read spoils no other.
func ParseKeys(text []byte) (KeySet, []diag.Finding) { return KeySet{}, nil }

// Thumbprints gives the kid, which can be empty, of each usable key, by the key's RFC 7638 thumbprint.
func (s KeySet) Thumbprints() map[string]string { return nil }
