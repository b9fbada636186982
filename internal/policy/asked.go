package policy

import (
	"strconv"
	"strings"
)

// asked is a Request made ready for many statements: what each of them would
// compute anew is computed once.
type asked struct {
	Request
	action  string    // lower case
	account string    // the name that stands for delegation; "" when there is none
	names   [2]string // the names that mean the caller itself, "" beyond them
	shown   []string  // the caller, for traces
	wanted  [2]string // action and resource, for traces
	derived [derivedKeys][1]string
	trace   []Step
}

// The keys that follow from the request (idc-kms 4.5).
const (
	byPrincipalARN = iota
	byAccount
	byIsService
	byService
	byUserName
	byPrincipalType
	byResourceAccount
	derivedKeys
)

// ask prepares a request; steps is how many will be traced.
func ask(r Request, steps int) *asked {
	q := &asked{Request: r, action: strings.ToLower(r.Action), trace: make([]Step, 0, steps), wanted: [2]string{r.Action, r.Resource}}
	p := r.Principal
	q.account, q.names = p.names()
	for _, name := range []string{p.Service, p.ARN, p.RoleARN} {
		if name != "" {
			q.shown = append(q.shown, name)
		}
	}
	arn := p.ARN
	if p.Kind == RoleSession { // a session counts as its role (idc-kms 4.3)
		arn = p.RoleARN
	}
	for i, value := range [derivedKeys]string{
		byPrincipalARN: arn, byAccount: p.Account, byService: p.Service, byResourceAccount: r.ResourceAccount,
		byIsService:     strconv.FormatBool(p.Kind == AWSService),
		byUserName:      p.ARN[strings.LastIndexByte(p.ARN, '/')+1:],
		byPrincipalType: principalTypes[p.Kind],
	} {
		q.derived[i][0] = value
	}
	return q
}

// principalTypes are the values of aws:PrincipalType ("AWS global condition context keys").
var principalTypes = map[PrincipalKind]string{IAMUser: "User", RoleSession: "AssumedRole", AccountRoot: "Account"}

// lookup gives what is known of a key (lower case) whose rule is known.
func (q *asked) lookup(key string, rule keyRule) datum {
	if d, said := q.Context.data[key]; said {
		return d
	}
	i, sent := q.derive(key)
	switch {
	case sent && q.derived[i][0] != "":
		return datum{values: q.derived[i][:]}
	case sent || rule.asked:
		return datum{notLooked: true}
	}
	return datum{}
}

// derive says which derived value is the key's. sent: AWS sends the key with
// such a request, even if the value is not known here.
func (q *asked) derive(key string) (index int, sent bool) {
	p := &q.Principal
	switch key {
	case "aws:principalarn":
		return byPrincipalARN, p.iam()
	case "aws:principalaccount", "kms:calleraccount":
		return byAccount, p.iam()
	case "aws:principaltype":
		return byPrincipalType, p.iam()
	case "aws:principalisawsservice":
		return byIsService, true
	case "aws:principalservicename":
		return byService, p.Kind == AWSService
	case "aws:username": // users only ("IAM policy elements: Variables and tags")
		return byUserName, p.Kind == IAMUser
	case "aws:resourceaccount":
		return byResourceAccount, true
	}
	return 0, false
}

// traced adds a step.
func (q *asked) traced(s Step) { q.trace = append(q.trace, s) }
