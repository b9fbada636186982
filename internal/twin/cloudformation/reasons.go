package cloudformation

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"rehome/internal/twin/kernel"
)

// handled are the codes of CloudFormation's resource handlers for Quick's errors, and the words that its handlers have for some of them
// (cloudformation-cli-java-plugin, its exceptions; that of AccessDenied as issues of public projects quote it).
var handled = map[string]struct{ code, words string }{
	"AccessDeniedException":          {"AccessDenied", "Access denied for operation '%[1]s'."},
	"ResourceExistsException":        {"AlreadyExists", "Resource of type '%[1]s' with identifier '%[2]s' already exists."},
	"ResourceNotFoundException":      {"NotFound", ""},
	"InvalidParameterValueException": {"InvalidRequest", ""},
	"LimitExceededException":         {"ServiceLimitExceeded", ""},
	"ConflictException":              {"ResourceConflict", ""},
	"ThrottlingException":            {"Throttling", ""},
}

// reason is why a resource failed. What the twin does not know or model it says itself, in the place of AWS's words.
func reason(r *kernel.Request, m *made, err error, physical string) string {
	e := (*kernel.Error)(nil)
	if !errors.As(err, &e) {
		e = kernel.Errorf(kernel.CodeFailed, "%v", err)
	}
	h, known := handled[e.Code]
	words := e.Message
	switch {
	case !known && slices.Contains([]string{kernel.CodeDoesNotKnow, kernel.CodeNotModelled, kernel.CodeFailed}, e.Code):
		h.code = e.Code
	case h.words != "":
		words = strings.ReplaceAll(strings.ReplaceAll(h.words, "%[1]s", m.Type), "%[2]s", physical)
	default:
		if !known {
			h.code = "GeneralServiceException"
		}
		words += fmt.Sprintf(" (Service: QuickSight, Status Code: %d, Request ID: %s)", max(e.Status, 400), r.RequestID)
	}
	return fmt.Sprintf(`Resource handler returned message: "%s" (RequestToken: %s, HandlerErrorCode: %s)`, words, kernel.UUID("handler", r.RequestID, m.Logical), h.code)
}
