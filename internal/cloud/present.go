package cloud

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"rehome/internal/diag"
)

// advice is what a person is told about one kind of failure. WHO, WHAT and WHERE stand for account,
// service:operation and Region, RIGHT for the IAM action.
type advice struct {
	code, what string
	owner      diag.Owner
	fix        []string
	exit       int
}

var adviceFor = map[Kind]advice{
	AccessDenied: {"cloud/denied", "AWS refused WHAT", diag.Operator, []string{"allow RIGHT in WHERE for the caller in account WHO, in its IAM policy and, for a key, in the key policy of that Region",
		"rehome explain TEXT tells which statement a refusal means"}, diag.ExitFailed},
	NotFound:     {"cloud/not-found", "WHAT found nothing", diag.Operator, nil, diag.ExitFailed},
	Throttled:    {"cloud/throttled", "AWS throttled WHAT", diag.Operator, []string{"run the same command again in a few minutes; other clients share the quota of account WHO"}, diag.ExitFailed},
	Expired:      {"cloud/credentials", "the credentials for account WHO do not work", diag.Operator, []string{"then run the same command again; it goes on where it stopped"}, diag.ExitWaiting},
	Conflict:     {"cloud/conflict", "somebody else is changing what WHAT works on", diag.Operator, []string{"run the same command again when the other change is done"}, diag.ExitFailed},
	Exists:       {"cloud/exists", "WHAT: it is there already", diag.Operator, nil, diag.ExitFailed},
	Precondition: {"cloud/precondition", "WHAT is not possible now", diag.Operator, nil, diag.ExitFailed},
	Invalid:      {"cloud/invalid", "AWS does not accept the parameters of WHAT", diag.Operator, nil, diag.ExitFailed},
	Unsupported:  {"cloud/unsupported", "WHAT is not available to account WHO", diag.QuickAdmin, nil, diag.ExitFailed},
	WrongRegion:  {"cloud/wrong-region", "WHAT was asked in a Region that is not Quick's identity Region", diag.Operator, nil, diag.ExitFailed},
	Unavailable: {"cloud/unavailable", "no usable answer to WHAT", diag.AWS, []string{"check the network, HTTPS_PROXY and AWS_CA_BUNDLE, and the AWS Health Dashboard for WHERE",
		"run the same command again"}, diag.ExitFailed},
	NotEnabled: {"cloud/not-enabled", "the Region WHERE is not enabled for account WHO", diag.ManagementAdmin, []string{"aws account enable-region --account-id WHO --region-name WHERE   (it takes minutes to hours), then run the same command again"},
		diag.ExitFailed},
	LinkExpired: {"cloud/link-expired", "the address for WHAT is good no longer", diag.Operator, []string{"run the same command again; it asks for a new address"}, diag.ExitFailed},
	Interrupted: {"cloud/interrupted", "WHAT was interrupted", diag.Operator, nil, diag.ExitInterrupted},
	Unknown:     {"cloud/failed", "WHAT failed", diag.Operator, nil, diag.ExitFailed},
}

// Presentable turns any error of this package into one that a person can act on. Expired or missing credentials exit with 4 and the
// command that renews them.
func Presentable(err error) *diag.Error {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return diag.From("the call to AWS", err)
	}
	adv := adviceFor[e.Kind]
	words := strings.NewReplacer("WHO", string(e.Account), "WHAT", e.Service+":"+e.Operation, "WHERE", string(e.Region), "RIGHT", e.right())
	d := &diag.Error{Code: adv.code, What: words.Replace(adv.what), Owner: adv.owner, Exit: adv.exit, Err: err,
		Where: fmt.Sprintf("account %s, %s, %s:%s", e.Account, e.Region, e.Service, e.Operation), Why: e.why()}
	switch {
	case e.Kind == Expired:
		d.Fix = append(d.Fix, e.login...)
	case e.Kind == AccessDenied && e.Operation == "AssumeRole":
		d.Fix = []string{"check the role's trust policy: the caller, the external_id of the spec, and whether it wants MFA"}
		d.Exit = diag.ExitWaiting
		return d
	case e.Kind == Unavailable && e.Status == 0 && e.endpoint != "":
		d.What = "nothing usable answers at " + e.endpoint
		d.Owner = diag.Operator
		if !strings.HasSuffix(e.endpoint, ".amazonaws.com") {
			d.Fix = []string{"start what should answer there, or unset AWS_ENDPOINT_URL and endpoint_url to reach AWS"}
		}
	}
	for _, f := range adv.fix {
		d.Fix = append(d.Fix, words.Replace(f))
	}
	if e.Ambiguous {
		d.Fix = append(d.Fix, "the call may have had its effect; look before you repeat it by hand")
	}
	return d
}

// iamPrefixes are the services whose IAM actions have another prefix than the service's name in the SDK (service authorization
// reference; idc-kms 1.6). Never changed.
var iamPrefixes = map[string]string{identityCenter.id: "sso"}

// right is the IAM action that the call needs.
func (e *Error) right() string { return cmp.Or(iamPrefixes[e.Service], e.Service) + ":" + e.Operation }

// Present is Presentable, for whoever does not know this package.
func (e *Error) Present() *diag.Error { return Presentable(e) }

func (e *Error) why() string {
	why := e.Message
	if e.Code != "" {
		why = strings.TrimSuffix(e.Code+": "+why, ": ")
	}
	if e.RequestID != "" {
		why += " (request " + e.RequestID + ")"
	}
	return why
}
