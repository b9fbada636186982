package plan

import (
	"fmt"
	"strings"

	"rehome/internal/diag"
	"rehome/internal/needs"
)

// places refuses a plan in which a call would go to a Region where AWS does not take it: instance ARNs hold no Region, so a wrong one is
// not noticed before the call is refused, by an error that speaks of rights (IDC-23, idc-kms 1.2, 1.7).
func (p *Plan) places(in Input) error {
	inst, known := in.Survey.Estate.IdentityCenter.Get()
	if !known {
		return nil
	}
	for _, s := range p.Steps {
		for _, c := range s.Calls {
			service, operation, _ := strings.Cut(c, ":")
			if needs.Where(service, operation) == needs.PrimaryOnly && s.Region != inst.PrimaryRegion {
				return &diag.Error{Code: "plan/wrong-region", What: fmt.Sprintf("step %s would call %s in %s", s.ID, c, s.Region), Where: string(inst.ARN),
					Why: "this task exists in the primary Region only, which is " + string(inst.PrimaryRegion), Exit: diag.ExitBlocked, Fix: []string{"this is a fault of rehome, not yours: please report it with the plan"}}
			}
		}
	}
	return nil
}
