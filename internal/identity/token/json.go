package token

import "encoding/json"

// object is a JSON object whose members have been found to be unique.
type object map[string]json.RawMessage
