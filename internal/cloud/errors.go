package cloud

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"syscall"

	"github.com/aws/smithy-go"

	"rehome/internal/estate"
)

// Kind says what a failed call means for whoever made it. The zero value is Unknown.
type Kind int

// The kinds.
const (
	Unknown      Kind = iota
	AccessDenied      // a policy somewhere says no
	NotFound          // the thing is not there
	Throttled         // too fast, even after the retries
	Expired           // the credentials are missing, expired or not accepted: a person has to sign in
	Conflict          // somebody else is changing the same thing
	Exists            // the thing is there already, or the name is taken
	Precondition      // the thing is in a state that does not allow it
	Invalid           // a parameter is refused
	Unsupported       // not in this edition, or there is no Quick account
	WrongRegion       // Quick's identity Region is another one; IdentityRegionHint names it
	Unavailable       // AWS or the way there failed, even after the retries
	Interrupted       // our own context ended
	NotEnabled        // the credentials are good, and the account has not enabled the Region
	LinkExpired       // the address of a download is good no longer; the call that gave it gives another
)

var kindNames = [...]string{"unknown", "access denied", "not found", "throttled", "credentials expired", "conflict", "exists",
	"precondition", "invalid", "unsupported", "wrong region", "unavailable", "interrupted", "Region not enabled", "link expired"}

func (k Kind) String() string { return kindNames[k] }

// Error is a failed call. It holds nothing that a log may not show.
type Error struct {
	Account   estate.AccountID
	Region    estate.Region
	Service   string
	Operation string
	Code      string // AWS's error type, such as AccessDeniedException; empty when AWS did not answer
	Message   string // AWS's text, or what went wrong on the way
	RequestID string
	Status    int // of HTTP; zero: no answer. Never a base for decisions (RUN-18)
	Kind      Kind
	// Ambiguous says that a mutating call may or may not have had its effect: look before doing it again.
	Ambiguous bool

	repeatable bool // the same call may be sent again without harm
	endpoint   string
	login      []string
	cause      error // the context's error; nothing else is kept, for it may hold secrets
}

func newError(o op) *Error {
	return &Error{Account: o.account, Region: o.region, Service: o.service, Operation: o.name}
}

// Error is one line: which call, where, and AWS's own words.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s in %s of account %s: ", e.Service, e.Operation, e.Region, e.Account)
	if e.Code != "" {
		b.WriteString(e.Code + ": ")
	}
	b.WriteString(e.Message)
	if e.RequestID != "" {
		fmt.Fprintf(&b, " (request %s)", e.RequestID)
	}
	return b.String()
}

func (e *Error) Unwrap() error { return e.cause }

// KindOf is the kind of the *Error in err's chain; Unknown when there is none.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return Unknown
}

// quick-api 2: the wording around the Region varies, these words do not.
var identityRegion = regexp.MustCompile(`identity region is ([a-z0-9-]+)`)

// IdentityRegionHint takes the Region out of Quick's refusal to answer in another than the identity Region. It is a hint: text, not
// API (quick-api 2), to be confirmed at the Region that it names.
func IdentityRegionHint(err error) (estate.Region, bool) {
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Kind != WrongRegion {
		return "", false
	}
	return regionIn(e.Message)
}

func regionIn(message string) (r estate.Region, ok bool) {
	m := identityRegion.FindStringSubmatch(message)
	return r, m != nil && r.UnmarshalText([]byte(m[1])) == nil
}

// fault makes an *Error of what the SDK returned for one attempt.
func (a *account) fault(ctx context.Context, o op, x *exchange, err error) *Error {
	if nested, ok := errors.AsType[*Error](err); ok { // the role's AssumeRole failed, after its own retries
		final := *nested
		final.repeatable = false
		return &final
	}
	e := newError(o)
	e.RequestID, e.Status, e.endpoint, e.login = x.requestID, x.status, x.endpoint, a.login
	api, answered := errors.AsType[smithy.APIError](err)
	unsigned, _ := errors.AsType[*credentialError](err)
	switch {
	case ctx.Err() != nil && !answered:
		e.Kind, e.Message, e.cause = Interrupted, "interrupted", ctx.Err()
		e.Ambiguous = o.mutating && x.sent
	case unsigned != nil:
		a.credentialFault(e, unsigned, api)
	case answered || x.status >= http.StatusBadRequest:
		e.Message = fmt.Sprintf("HTTP status %d without an AWS error; something on the way answered", x.status)
		if answered {
			e.Code, e.Message = api.ErrorCode(), a.scrub(api.ErrorMessage())
		}
		e.Kind = kindOf(e.Code, e.Message, x.status)
		e.Ambiguous = o.mutating && e.Kind == Unavailable && !refusedBefore[e.Code] && x.status != http.StatusServiceUnavailable
		e.repeatable = (e.Kind == Throttled || e.Kind == Unavailable) && !e.Ambiguous
	case x.sent:
		e.Kind, e.Message = Unavailable, a.scrub(innermost(err).Error())
		e.Ambiguous = o.mutating && !neverLeft(err)
		e.repeatable = !e.Ambiguous && !errors.Is(err, syscall.ECONNREFUSED) && !distrusted(err) // these stay as they are
	default:
		e.Message = a.scrub(err.Error()) // refused by the SDK itself: a parameter, an endpoint
	}
	return e
}

// credentialFault says why there was nothing to sign with: the network, AWS's refusal, or a sign-in that is due. Nobody at the
// metadata service of EC2, the last place of the SDK's chain, only means that this is no EC2 instance.
func (a *account) credentialFault(e *Error, unsigned *credentialError, api smithy.APIError) {
	e.Kind, e.Message = Expired, "no usable credentials were found"
	operation, _ := errors.AsType[*smithy.OperationError](unsigned.err)
	_, network := errors.AsType[*url.Error](unsigned.err)
	if network && (operation == nil || operation.ServiceID != "ec2imds") {
		e.Kind, e.Message = Unavailable, "the credentials could not be fetched: "+a.scrub(innermost(unsigned.err).Error())
	}
	if api != nil {
		e.Code, e.Message = api.ErrorCode(), "the credentials were refused: "+a.scrub(api.ErrorMessage())
		if k := kindOf(e.Code, "", 0); k == Throttled || k == Unavailable {
			e.Kind = k
		}
	}
}

// rejections are how a Region that the account has not opted into answers, whoever asks: with the words for keys that do not exist
// (AWS account management guide, enabling Regions; STS user guide, tokens and Regions). Never changed.
var rejections = map[string]bool{"UnrecognizedClientException": true, "InvalidClientTokenId": true}

// notEnabled tells a Region that is not enabled from credentials that are none: STS, asked again where it knew them, knows them still.
func (a *account) notEnabled(ctx context.Context, o op, fault *Error) bool {
	if !rejections[fault.Code] || fault.Service == securityTokens.id {
		return false
	}
	a.mu.Lock()
	worked := a.worked[o.region]
	a.mu.Unlock()
	if worked {
		return false
	}
	_, err := o.cloud.ask(ctx, a, o.account)
	return err == nil
}

func (a *account) works(r estate.Region) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.worked[r] = true
}

func (a *account) interrupted(o op, err error) *Error {
	e := newError(o)
	e.Kind, e.Message, e.cause, e.login = Interrupted, "interrupted", err, a.login
	return e
}

// neverLeft reports whether the request died before its first byte could reach the service: no connection was made.
func neverLeft(err error) bool {
	dial, ok := errors.AsType[*net.OpError](err)
	return ok && (dial.Op == "dial" || dial.Op == "proxyconnect") || distrusted(err)
}

func distrusted(err error) bool {
	_, ok := errors.AsType[*tls.CertificateVerificationError](err)
	return ok
}

func innermost(err error) error {
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return op
	}
	for next := errors.Unwrap(err); next != nil; next = errors.Unwrap(err) {
		err = next
	}
	return err
}

// kindOf goes by the error's type. The HTTP status speaks only where there is no type, so that it was not AWS who answered.
func kindOf(code, message string, status int) Kind {
	kind := kinds[code]
	_, elsewhere := regionIn(message)
	untyped := code == "" || code == "UnknownError" // the SDK's word
	switch {
	case kind == AccessDenied && elsewhere:
		return WrongRegion
	case untyped && status == http.StatusTooManyRequests:
		return Throttled
	case untyped && status >= http.StatusInternalServerError:
		return Unavailable
	}
	return kind
}

// kinds are the error types of the services that we call (idc-kms 1.4, 2.6, 9.2; quick-api 6, 7, 9; STS, Organizations and CloudFormation models).
var kinds = map[string]Kind{
	"AccessDenied": AccessDenied, "AccessDeniedException": AccessDenied,
	"AccountNotFoundException": NotFound, "AWSOrganizationsNotInUseException": NotFound, "NotFoundException": NotFound,
	"QuickSightUserNotFoundException": NotFound, "ResourceNotFoundException": NotFound,
	"NoSuchBucket": NotFound, "NoSuchKey": NotFound, // these and the next two lines are of Amazon S3: its API reference, Error responses
	"SlowDown": Throttled, "BadDigest": Unavailable, "IncompleteBody": Unavailable, "InternalError": Unavailable, "RequestTimeout": Unavailable,
	"EntityTooLarge": Invalid, "InvalidBucketName": Invalid, "PermanentRedirect": Invalid, "AuthorizationHeaderMalformed": Invalid,
	"RequestLimitExceeded": Throttled, "Throttling": Throttled, "ThrottlingException": Throttled, "ThrottledException": Throttled,
	"TooManyRequestsException": Throttled,
	"ExpiredToken":             Expired, "ExpiredTokenException": Expired, "InvalidAccessKeyId": Expired, "InvalidClientTokenId": Expired,
	"InvalidSignatureException": Expired, "MissingAuthenticationToken": Expired, "MissingAuthenticationTokenException": Expired,
	"RequestExpired": Expired, "SignatureDoesNotMatch": Expired, "UnrecognizedClientException": Expired,
	"ConcurrentModificationException": Conflict, "ConflictException": Conflict,
	"AlreadyExistsException": Exists, "ResourceExistsException": Exists,
	"ConstraintViolationException": Precondition, "DisabledException": Precondition, "KMSInvalidStateException": Precondition,
	"LimitExceededException": Precondition, "PreconditionNotMetException": Precondition, "ServiceQuotaExceededException": Precondition,
	"InvalidArnException": Invalid, "InvalidInputException": Invalid, "InvalidNextTokenException": Invalid, "InvalidParameterException": Invalid,
	"InvalidParameterValueException": Invalid, "InvalidRequestException": Invalid, "MalformedPolicyDocumentException": Invalid, "ValidationError": Invalid, "ValidationException": Invalid,
	"InsufficientCapabilitiesException": Invalid, "TokenAlreadyExistsException": Conflict,
	"UnsupportedOperationException": Unsupported, "UnsupportedPricingPlanException": Unsupported, "UnsupportedUserEditionException": Unsupported,
	"ConcurrentUpdatingException": Unavailable, "DependencyTimeoutException": Unavailable, "InternalFailure": Unavailable,
	"InternalFailureException": Unavailable, "InternalServerError": Unavailable, "InternalServerException": Unavailable,
	"KMSInternalException": Unavailable, "ResourceUnavailableException": Unavailable, "ServiceException": Unavailable,
	"ServiceUnavailable": Unavailable, "ServiceUnavailableException": Unavailable,
}

// refusedBefore are the failures that come before any work is done, so that even a mutating call may be repeated. INFERRED from
// their names and from HTTP's meaning of 503; quick-api 6 lists ResourceUnavailableException as one to retry.
var refusedBefore = map[string]bool{"ResourceUnavailableException": true, "ServiceUnavailable": true, "ServiceUnavailableException": true}
