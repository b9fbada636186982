package kernel

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// ID derives 64 hexadecimal digits from what a thing is, where it belongs and what it is called. Identifiers are never counted or
// drawn, so equal histories give equal worlds.
func ID(kind, parent, name string) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{kind, parent, name}, "\x00")))
	return hex.EncodeToString(sum[:])
}

// UUID derives an identifier in the form of a UUID.
func UUID(kind, parent, name string) string {
	h := ID(kind, parent, name)
	return h[:8] + "-" + h[8:12] + "-4" + h[13:16] + "-a" + h[17:20] + "-" + h[20:32]
}
