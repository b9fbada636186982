// Package policy decides whether AWS would permit a call: KMS key policies,
// grants and identity policies for keys, identity policies alone for other
// services, and for both what limits them: permissions boundaries, session
// policies, SCPs and RCPs. A request goes in; a verdict, the deciding statement
// and one trace step per statement come out.
//
// Unknown spreads. An operator or condition key that this package does not
// model, a key that nobody looked at, a policy that nobody read and a question
// that AWS's documentation leaves open (docs/decisions/0022) all make a verdict
// Unknown wherever they could matter; none of them ever makes it Allow. The
// logic is Kleene's: "no and unknown" is no, "yes or unknown" is yes.
//
// A verdict speaks only of the layers that Layers names; VPC endpoint policies
// are none of them.
//
// The package must not know which AWS operation needs which KMS action, must
// not read anything (no files, no network, no clock) and must not repair
// policies. It keeps no state: all functions may be called concurrently.
package policy
