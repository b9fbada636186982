package policy

import "strings"

// The accounts, Regions and callers of the tests.
const (
	management    = "111122223333"
	delegated     = "444455556666" // Identity Center's delegated administrator
	memberAccount = "777788889999"
	orgID         = "o-a1b2c3d4e5"

	mumbai   = "ap-south-1" // primary in the runbook
	virginia = "us-east-1"  // its additional Region
	tokyo    = "ap-northeast-1"
	osaka    = "ap-northeast-3"

	keyID       = "mrk-1234abcd12ab34cd56ef1234567890ab"
	instanceARN = "arn:aws:sso:::instance/ssoins-1234567890abcdef"
	storeARN    = "arn:aws:identitystore::111122223333:identitystore/d-1234567890"

	sso           = "sso.amazonaws.com"
	identityStore = "identitystore.amazonaws.com"
	quick         = "quicksight.amazonaws.com"
)

var (
	instanceContext = map[string]string{"aws:sso:instance-arn": instanceARN}
	storeContext    = map[string]string{"aws:identitystore:identitystore-arn": storeARN}
	setupInstance   = map[string]string{"aws:sso:instance-arn": "arn:aws:sso:::instance/purpose:KEY_CONFIGURATION"}
	setupStore      = map[string]string{"aws:identitystore:identitystore-arn": "arn:aws:identitystore::111122223333:identitystore/purpose:KEY_CONFIGURATION"}
)

// onKey is a request to the management account's key in a Region.
func onKey(p Principal, action, region string) Request {
	return Request{
		Principal: p, Action: action, ResourceAccount: management,
		Resource: "arn:aws:kms:" + region + ":" + management + ":key/" + keyID,
		Context:  Context{}.With("aws:ResourceOrgID", orgID),
	}
}

func (r Request) with(key string, values ...string) Request {
	r.Context = r.Context.With(key, values...)
	return r
}

func (r Request) unknown(keys ...string) Request {
	r.Context = r.Context.WithUnknown(keys...)
	return r
}

func (r Request) encrypted(pairs map[string]string) Request {
	r.Context = r.Context.WithEncryptionContext(pairs)
	return r
}

func (r Request) by(p Principal) Request {
	r.Principal = p
	return r
}

func service(name string) Principal { return Principal{Kind: AWSService, Service: name} }

func user(account, name string) Principal {
	return Principal{Kind: IAMUser, Account: account, ARN: "arn:aws:iam::" + account + ":user/" + name}
}

// session is a session "s" of a role given with its path.
func session(account, role string) Principal {
	name := role[strings.LastIndex(role, "/")+1:]
	return Principal{
		Kind: RoleSession, Account: account,
		ARN:     "arn:aws:sts::" + account + ":assumed-role/" + name + "/s",
		RoleARN: "arn:aws:iam::" + account + ":role/" + role,
	}
}

func rootUser(account string) Principal {
	return Principal{Kind: AccountRoot, Account: account, ARN: "arn:aws:iam::" + account + ":root"}
}

// permissionSet is a session of an Identity Center administrator whose
// instance is homed in a Region (the path has it) or in us-east-1 (it has not).
func permissionSet(account, home string) Principal {
	path := "aws-reserved/sso.amazonaws.com/"
	if home != virginia {
		path += home + "/"
	}
	return session(account, path+"AWSReservedSSO_Admin_0123456789abcdef")
}

// owned is a service's own call about the instance of the management account
// (idc-kms 4.5, third column).
func owned(service_, action, region string, context map[string]string) Request {
	r := onKey(service(service_), action, region).with("aws:SourceAccount", management).with("aws:SourceOrgID", orgID)
	if context != nil {
		r = r.encrypted(context)
	}
	return r
}

// app is a managed application calling through sso or identitystore (idc-kms 4.5, last column).
func app(name, action, via, region, account string) Request {
	r := onKey(service(name), action, region).with("kms:ViaService", via+"."+region+".amazonaws.com")
	r = r.with("aws:SourceAccount", account).with("aws:SourceOrgID", orgID)
	if via == "sso" {
		return r.encrypted(instanceContext)
	}
	return r.encrypted(storeContext)
}

// forwarded is a call that sso or identitystore makes with the caller's own
// rights (FAS; idc-kms 4.5, second column).
func forwarded(p Principal, action, via, region string, context map[string]string) Request {
	r := onKey(p, action, region).with("kms:ViaService", via+"."+region+".amazonaws.com")
	r = r.with("aws:PrincipalOrgID", orgID).with("aws:ViaAWSService", "true")
	if context != nil {
		r = r.encrypted(context)
	}
	return r
}
