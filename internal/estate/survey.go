package estate

import "time"

// SurveyFormat is the version of the survey file.
const SurveyFormat = "rehome.survey/v1"

// Target says which side of the wire was asked. A plan made on one side is refused on the other.
type Target string

// The targets.
const (
	TargetAWS  Target = "aws"
	TargetTwin Target = "twin"
)

// Survey is a read-only look at an estate and where each part of it comes from.
type Survey struct {
	Format  string               `json:"format"`
	Target  Target               `json:"target"`
	Taken   time.Time            `json:"taken"`
	Callers map[AccountID]string `json:"callers"` // the ARN that asked, per account
	Estate  Estate               `json:"estate"`
	Looks   []Look               `json:"looks"` // every call, sorted by account, Region, operation
}

// Look is one call that the survey made; refused calls are among them.
type Look struct {
	Account   AccountID `json:"account,omitzero"`
	Region    Region    `json:"region,omitzero"`
	Service   string    `json:"service"`
	Operation string    `json:"operation"`
	RequestID string    `json:"request_id,omitzero"`
	Error     string    `json:"error,omitzero"` // AWS's error code
}
