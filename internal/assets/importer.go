package assets

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"rehome/internal/estate"
)

// Importer is what an import asks of Quick. Its errors are told apart by ErrBusy, ErrRefused and ErrNoJob, which they may wrap.
type Importer interface {
	// StartImport begins a job that takes back what it made when it fails (ROLLBACK, MIG-17), in lenient mode. Up to 20 MB can go into the
	// request, more goes through a bucket (quick-api 3.4, MIG-18). The bundle can be read until StartImport returns.
	StartImport(ctx context.Context, r estate.Region, id string, bundle *io.SectionReader, o Overrides) error
	DescribeImport(ctx context.Context, r estate.Region, id string) (ImportState, error)
}

// ErrNoJob is what DescribeImport says of a job that was never begun, or is forgotten after 14 days.
var ErrNoJob = errors.New("there is no such job")

// ImportState is an import job as Quick describes it (quick-api 3.5).
type ImportState struct {
	Status         string
	Errors         []Problem
	RollbackErrors []Problem
	Warnings       []Problem
}

// The statuses at which an import ends; exportSuccessful and exportFailed are two more (quick-api 3.5, MIG-20).
const (
	rolledBack     = "FAILED_ROLLBACK_COMPLETED"
	rollbackBroken = "FAILED_ROLLBACK_ERROR"
)

// Overrides are what an import is told about single assets, by the ids that they have in the bundle; at most 50 of each (quick-api 3.4).
type Overrides struct {
	Prefix      string // before every id; empty: ids stay
	Networks    []Network
	Credentials []Credential
	Starts      []Start
}

// Network is where a VPC connection is to be. One from another Region or account has to be told (quick-api 3.4, MIG-24).
type Network struct {
	ID             string
	Subnets        []string // 2 to 15
	SecurityGroups []string // 1 to 16
	DNSResolvers   []string
	RoleARN        estate.ARN
}

// Credential is what a data source signs in with: a secret of its Region, or a name and a password (MIG-23). Neither is ever written down.
type Credential struct {
	ID        string
	SecretARN estate.ARN
	User      string
	Password  string `json:"-"`
	Later     bool   // a person gives it after the import, as has to be with keys and consents: bundles take neither (quick-api 4.6a)
}

// credentialLater is what stands for Credential.Later where an ARN is asked for.
const credentialLater = "later"

// NewCredential reads the ARN of a secret, or "later".
func NewCredential(text string) Credential {
	if text == credentialLater {
		return Credential{Later: true}
	}
	return Credential{SecretARN: estate.ARN(text)}
}

// String hides the password.
func (c Credential) String() string { return "credential of data source " + c.ID }

// GoString is String, so that no format verb shows the password.
func (c Credential) GoString() string { return c.String() }

// Start is when a refresh schedule begins: in the future (quick-api 4.6, MIG-25).
type Start struct {
	DataSet, ID string
	After       time.Time
}

// soon is how far in the future a schedule begins that would have begun already.
const soon = time.Hour

// startOf is the start in the content of a schedule, if it is still to come when the import has ended; else one that is. Quick writes a
// time as text, bundles may write seconds (INFERRED).
func startOf(content jsontext.Value, now time.Time) time.Time {
	earliest := now.UTC().Add(soon + patience).Truncate(time.Minute)
	if at := startIn(content); at.After(earliest) {
		return at
	}
	return earliest
}

// named are the changes that a parcel needs; what is not known and has to be is a problem.
func (i *importing) named(assets []estate.AssetRef) (Overrides, []Problem) {
	o := Overrides{Prefix: i.Prefix}
	var lacking []Problem
	in := map[estate.AssetRef]bool{}
	for _, ref := range assets {
		in[ref] = true
	}
	for _, ref := range assets {
		switch ref.Type {
		case estate.AssetVPCConnection:
			n, ok := i.Networks[ref]
			n.ID = ref.ID
			if ok {
				o.Networks = append(o.Networks, n)
			} else if i.Mapping.leaves(ref.Region, i.Mapping.OldAccount) {
				lacking = append(lacking, Problem{ARN: ref.ARN(i.Mapping.OldAccount), Message: "its subnets and security groups at the target are not named"})
			}
		case estate.AssetDataSource:
			c, why := i.credential(ref, i.cargo.items[ref])
			c.ID = ref.ID
			switch {
			case why != "":
				lacking = append(lacking, Problem{ARN: ref.ARN(i.Mapping.OldAccount), Message: why})
			case c.SecretARN != "" || c.User != "":
				o.Credentials = append(o.Credentials, c)
			}
		case estate.AssetRefreshSchedule:
			dataset, id := split(ref)
			if i.Prefix != "" && !in[estate.AssetRef{Region: ref.Region, Type: estate.AssetDataSet, ID: dataset}] {
				lacking = append(lacking, Problem{ARN: ref.ARN(i.Mapping.OldAccount), Message: "a trial import cannot bring a schedule apart from its dataset"})
				continue
			}
			o.Starts = append(o.Starts, Start{DataSet: dataset, ID: id, After: startOf(i.cargo.items[ref].Content, i.Now())})
		}
	}
	return o, lacking
}
