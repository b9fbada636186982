package kernel

import "rehome/internal/estate"

// Reasons maps KMS's error types to what an Identity Center service makes of them: its own error type and the Reason member (idc-kms
// 1.4). A type that is not listed is passed on as it is.
type Reasons map[string]struct{ Code, Reason string }

// Decrypt asks KMS, as the given caller and in the Region of this call, to use the key that the Identity Center instance is encrypted
// with. An instance with a key of AWS's own asks nobody.
func (r *Request) Decrypt(as Caller, i estate.Instance, context map[string]string, why Reasons) error {
	enc, _, err := Need(i.Encryption, "identity_center", "encryption")
	if err != nil || enc.KeyType != estate.CustomerManagedKey {
		return err
	}
	key := estate.KeyARN(r.Region, enc.KeyARN.Account(), enc.KeyARN.KeyID())
	err = r.Call(as, "kms", r.Region, "Decrypt", map[string]any{"TwinProbe": true, "KeyId": key, "EncryptionContext": context}, nil)
	if e, ok := err.(*Error); ok {
		if w, known := why[e.Code]; known {
			return Errorf(w.Code, "%s", e.Message).With("Reason", w.Reason)
		}
	}
	return err
}
