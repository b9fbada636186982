package kernel

import (
	"encoding/json"

	"rehome/internal/estate"
	"rehome/internal/policy"
)

// keptCaller is a Caller in a record of a service that goes on acting for it when its call has been answered, as CloudFormation does.
type keptCaller struct {
	Principal     policy.Principal
	Via           []string         `json:",omitempty"`
	SourceAccount estate.AccountID `json:",omitempty"`
	SourceARN     estate.ARN       `json:",omitempty"`
	Session       string           `json:",omitempty"` // text of the session policy
}

// MarshalJSON writes all of the caller, its session policy too: who acts later may do no more than who called.
func (c Caller) MarshalJSON() ([]byte, error) {
	return json.Marshal(keptCaller{c.Principal, c.Via, c.SourceAccount, c.SourceARN, c.sessionText})
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (c *Caller) UnmarshalJSON(text []byte) error {
	var k keptCaller
	if err := json.Unmarshal(text, &k); err != nil {
		return err
	}
	*c = Caller{Principal: k.Principal, Via: k.Via, SourceAccount: k.SourceAccount, SourceARN: k.SourceARN, sessionText: k.Session}
	if k.Session == "" {
		return nil
	}
	var err error
	c.session, err = policy.Parse(k.Session)
	return err
}
