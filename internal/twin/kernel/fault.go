package kernel

import (
	"time"

	"rehome/internal/diag"
	"rehome/internal/estate"
)

// strike applies the first scripted fault whose turn it is. Every fault counts the calls that match it, whether or not it strikes.
func (k *Kernel) strike(x *exchange) {
	for i, f := range k.state.Faults {
		if !matches(f, x.Request) {
			continue
		}
		n := k.count("fault " + itoa(i))
		first := max(f.Nth, 1)
		if n < first || f.Count >= 0 && n >= first+max(f.Count, 1) || x.record.Fault != "" {
			continue
		}
		x.record.Fault = f.Effect
		switch f.Effect {
		case estate.FaultThrottle:
			x.err = Errorf("ThrottlingException", "Rate exceeded")
		case estate.FaultError:
			x.err = Errorf("InternalFailure", "The request processing has failed because of an unknown error, exception or failure.").WithStatus(500)
		case estate.FaultExpired:
			x.err = expired()
		case estate.FaultCutBefore, estate.FaultOutage:
			x.silent = true
		case estate.FaultLatency:
			late := time.Duration(f.Seconds) * time.Second
			k.skew += late
			k.advance(k.now().Add(late))
		}
	}
}

// checkFaults refuses effects that the twin does not have.
func checkFaults(faults []estate.Fault) error {
	for _, f := range faults {
		switch f.Effect {
		case estate.FaultThrottle, estate.FaultError, estate.FaultLatency, estate.FaultCutBefore, estate.FaultCutAfter, estate.FaultOutage, estate.FaultExpired:
		default:
			return &diag.Error{Code: "twin/fault", What: "no such fault effect: " + string(f.Effect), Exit: diag.ExitUsage}
		}
	}
	return nil
}

func matches(f estate.Fault, r *Request) bool {
	return (f.Service == "" || f.Service == r.Service) && (f.Operation == "" || f.Operation == r.Operation) &&
		(f.Account == "" || f.Account == r.Account) && (f.Region == "" || f.Region == r.Region)
}
