package policy

import (
	"encoding/json"
	"reflect"
	"testing"
)

// One step per statement, key policy before identity policies, each in
// document order, with the first reason for what does not match.
func TestTraceOfADelegatedCall(t *testing.T) {
	l := Layers{
		Resource:      mustParse(t, file(t, "okta7.json")),
		Identity:      []*Document{mustParse(t, file(t, "identity-no-kms.json")), mustParse(t, file(t, "identity-deny-decrypt.json"))},
		IdentityKnown: true,
	}
	caller := permissionSet(management, tokyo)
	v := AuthorizeKey(l, forwarded(caller, "kms:Encrypt", "sso", tokyo, instanceContext))
	ofCaller := []string{caller.ARN, caller.RoleARN}
	toStore := Cause{Element: "Condition", Operator: "StringLike", Key: "kms:EncryptionContext:aws:identitystore:identitystore-arn", Policy: []string{"*"}, Note: NoteAbsent}
	encrypt := []string{"kms:Encrypt"}
	key := func(sid string, m Match, delegates bool, cause Cause) Step {
		return Step{Layer: LayerKey, Statement: sid, Effect: Allow, Match: m, Delegates: delegates, Cause: cause}
	}
	service := func(names ...string) Cause {
		return Cause{Element: "Principal", Policy: names, Request: ofCaller}
	}
	want := []Step{
		key("EnableIAMUserPermissions", Matched, true, Cause{}),
		key("AllowIAMIdentityCenterAdminToUseTheKMSKeyViaIdentityCenter", Matched, true, Cause{}),
		key("AllowIAMIdentityCenterAdminToUseTheKMSKeyViaIdentityStore", NoMatch, false, toStore),
		key("AllowIAMIdentityCenterAdminToDescribeTheKMSKey", NoMatch, false, Cause{Element: "Action", Policy: []string{"kms:DescribeKey"}, Request: encrypt}),
		key("AllowIAMIdentityCenterToUseTheKMSKey", NoMatch, false, service("Service=sso.amazonaws.com")),
		key("AllowIdentityStoreToUseTheKMSKey", NoMatch, false, service("Service=identitystore.amazonaws.com")),
		key("AllowIAMIdentityCenterAndIdentityStoreToDescribeKMSKey", NoMatch, false, service("Service=identitystore.amazonaws.com", "Service=sso.amazonaws.com")),
		{Layer: LayerIdentity, Document: 0, Statement: "ReadQuick", Effect: Allow, Match: NoMatch,
			Cause: Cause{Element: "Action", Policy: []string{"quicksight:Describe*", "quicksight:List*"}, Request: encrypt}},
		{Layer: LayerIdentity, Document: 1, Statement: "AdministratorAccess", Effect: Allow, Match: Matched},
		{Layer: LayerIdentity, Document: 1, Statement: "NoDecrypt", Effect: Deny, Match: NoMatch,
			Cause: Cause{Element: "Action", Policy: []string{"kms:Decrypt"}, Request: encrypt}},
	}
	if !reflect.DeepEqual(v.Trace, want) {
		t.Errorf("got\n%s\nwant\n%s", showTrace(t, v.Trace), showTrace(t, want))
	}
}

// A certain mismatch is named rather than an uncertainty before it.
func TestTraceNamesTheCertainCause(t *testing.T) {
	doc := mustParse(t, document(`{"Sid":"A","Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*",
		"Condition":{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"},"StringEquals":{"aws:SourceOrgID":"o-x"}}}`))
	v := AuthorizeKey(Layers{Resource: doc}, owned(sso, "kms:Decrypt", mumbai, nil))
	want := Cause{Element: "Condition", Operator: "StringEquals", Key: "aws:SourceOrgID", Policy: []string{"o-x"}, Request: []string{orgID}}
	if got := v.Trace[0].Cause; !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// The verdict goes into versioned JSON: words, not numbers.
func TestVerdictAsJSON(t *testing.T) {
	l := Layers{Resource: mustParse(t, document(everyone, mayDeny))}
	v := AuthorizeKey(l, owned(sso, "kms:Decrypt", mumbai, nil))
	got, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"decision":"unknown","explicit":false,"statement":"MayDeny","layer":"key policy","delegated":false,"reason":"unclear","trace":[` +
		`{"layer":"key policy","document":0,"statement":"Everyone","effect":"allow","match":"match","delegates":false},` +
		`{"layer":"key policy","document":0,"statement":"MayDeny","effect":"deny","match":"unknown","delegates":false,` +
		`"cause":{"element":"Condition","operator":"IpAddress","key":"aws:SourceIp","policy":["192.0.2.0/24"],"note":"key not looked at"}}]}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestNames(t *testing.T) {
	got := []string{
		Unknown.String(), Allow.String(), Deny.String(), Decision(7).String(), Match(-2).String(),
		ReasonNotCrossAccount.String(), Anonymous.String(), AWSService.String(),
	}
	want := []string{"unknown", "allow", "deny", "invalid", "invalid", "not a cross-account operation", "anonymous", "AWS service"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A Context handed to two callers must not carry what one of them adds.
func TestContextIsImmutable(t *testing.T) {
	base := Context{}.With("aws:SourceAccount", management)
	base.With("aws:SourceAccount", memberAccount).WithUnknown("aws:SourceOrgID")
	r := onKey(service(sso), "kms:Decrypt", mumbai)
	r.Context = base
	if d := known(r, "aws:sourceaccount"); len(d.values) != 1 || d.values[0] != management {
		t.Errorf("aws:SourceAccount became %v", d.values)
	}
	if d := known(r, "aws:sourceorgid"); !d.absent() {
		t.Errorf("aws:SourceOrgID became %+v", d)
	}
}

// known is what is known of a key that is modelled.
func known(r Request, key string) datum { return ask(r, 0).lookup(key, keyRules[key]) }

// What the context says wins over what follows from the request.
func TestContextOverridesTheRequest(t *testing.T) {
	r := onKey(user(management, "ops"), "kms:Decrypt", mumbai)
	tests := []struct {
		name string
		r    Request
		want datum
	}{
		{"derived", r, datum{values: []string{management}}},
		{"given", r.with("AWS:PRINCIPALACCOUNT", memberAccount), datum{values: []string{memberAccount}}},
		{"absent", r.with("aws:PrincipalAccount"), datum{}},
		{"not looked", r.unknown("aws:PrincipalAccount"), datum{notLooked: true}},
	}
	for _, tt := range tests {
		if got := known(tt.r, "aws:principalaccount"); !reflect.DeepEqual(got, tt.want) && !(got.absent() && tt.want.absent()) {
			t.Errorf("%s: %+v, want %+v", tt.name, got, tt.want)
		}
	}
}
