package kms_test

import (
	"bytes"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awskms "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

func TestRelatedKeysDecryptEachOther(t *testing.T) {
	w := start(t, nil)
	south, east := w.client("ap-south-1", "TWIN"+owner), w.client("us-east-1", "TWIN"+owner)
	bound := map[string]string{"a": "1", "b": "2"}
	sealed, err := south.Encrypt(t.Context(), &awskms.EncryptInput{KeyId: aws.String(mrk), Plaintext: []byte("hello"), EncryptionContext: bound})
	if err != nil || *sealed.KeyId != primary {
		t.Fatal(err, sealed)
	}
	out, err := east.Decrypt(t.Context(), &awskms.DecryptInput{CiphertextBlob: sealed.CiphertextBlob, EncryptionContext: map[string]string{"b": "2", "a": "1"}})
	if err != nil || string(out.Plaintext) != "hello" || *out.KeyId != replica {
		t.Fatal(err, out)
	}
	damaged := bytes.Clone(sealed.CiphertextBlob)
	damaged[len(damaged)-1] ^= 1
	for name, tc := range map[string]struct {
		in   awskms.DecryptInput
		want string
	}{
		"wrong context":   {awskms.DecryptInput{CiphertextBlob: sealed.CiphertextBlob, EncryptionContext: map[string]string{"a": "1"}}, "InvalidCiphertextException: "},
		"context's case":  {awskms.DecryptInput{CiphertextBlob: sealed.CiphertextBlob, EncryptionContext: map[string]string{"A": "1", "b": "2"}}, "InvalidCiphertextException: "},
		"damaged":         {awskms.DecryptInput{CiphertextBlob: damaged, EncryptionContext: bound}, "InvalidCiphertextException: "},
		"no ciphertext":   {awskms.DecryptInput{CiphertextBlob: []byte("x")}, "InvalidCiphertextException: "},
		"another key":     {awskms.DecryptInput{CiphertextBlob: sealed.CiphertextBlob, EncryptionContext: bound, KeyId: aws.String(single)}, "IncorrectKeyException: The key ID in the request does not identify a CMK that can perform this operation."},
		"only a question": {awskms.DecryptInput{CiphertextBlob: sealed.CiphertextBlob, EncryptionContext: bound, DryRun: aws.Bool(true)}, "DryRunOperationException: The request would have succeeded, but the DryRun option is set."},
	} {
		if _, err := south.Decrypt(t.Context(), &tc.in); code(err) != tc.want {
			t.Errorf("%s: %s, want %s", name, code(err), tc.want)
		}
	}
}

func TestDataKeysAndReEncrypt(t *testing.T) {
	w := start(t, nil)
	c := w.client("ap-south-1", "TWIN"+owner)
	key, err := c.GenerateDataKey(t.Context(), &awskms.GenerateDataKeyInput{KeyId: aws.String(single), KeySpec: types.DataKeySpecAes256})
	if err != nil || len(key.Plaintext) != 32 {
		t.Fatal(err, key)
	}
	other, err := c.GenerateDataKey(t.Context(), &awskms.GenerateDataKeyInput{KeyId: aws.String(single), NumberOfBytes: aws.Int32(100)})
	if err != nil || len(other.Plaintext) != 100 || bytes.Equal(other.Plaintext[:32], key.Plaintext) {
		t.Fatal(err, other)
	}
	hidden, err := c.GenerateDataKeyWithoutPlaintext(t.Context(), &awskms.GenerateDataKeyWithoutPlaintextInput{KeyId: aws.String(single), KeySpec: types.DataKeySpecAes128})
	if err != nil || len(hidden.CiphertextBlob) == 0 {
		t.Fatal(err, hidden)
	}
	moved, err := c.ReEncrypt(t.Context(), &awskms.ReEncryptInput{CiphertextBlob: key.CiphertextBlob, DestinationKeyId: aws.String(mrk),
		DestinationEncryptionContext: map[string]string{"to": "mrk"}})
	if err != nil || *moved.SourceKeyId != "arn:aws:kms:ap-south-1:111122223333:key/"+single || *moved.KeyId != primary {
		t.Fatal(err, moved)
	}
	out, err := w.client("us-east-1", "TWIN"+owner).Decrypt(t.Context(), &awskms.DecryptInput{CiphertextBlob: moved.CiphertextBlob, EncryptionContext: map[string]string{"to": "mrk"}})
	if err != nil || !bytes.Equal(out.Plaintext, key.Plaintext) {
		t.Error(err, out)
	}
	var actions []string
	for _, e := range evidence(w) {
		actions = append(actions, e.Action)
	}
	if want := []string{"kms:GenerateDataKey", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:Decrypt"}; len(actions) != len(want) {
		t.Errorf("evidence %v", actions)
	}
	if _, err := c.GenerateDataKey(t.Context(), &awskms.GenerateDataKeyInput{KeyId: aws.String(single)}); err == nil {
		t.Error("a data key without a size")
	}
}

func TestStatesAreOfOneRegionOnly(t *testing.T) {
	w := start(t, nil)
	if _, err := w.client("us-east-1", "TWIN"+owner).DisableKey(t.Context(), &awskms.DisableKeyInput{KeyId: aws.String(mrk)}); err != nil {
		t.Fatal(err)
	}
	for region, want := range map[string]types.KeyState{"us-east-1": types.KeyStateDisabled, "ap-south-1": types.KeyStateEnabled} {
		out, err := w.client(region, "TWIN"+owner).DescribeKey(t.Context(), &awskms.DescribeKeyInput{KeyId: aws.String(mrk)})
		if err != nil || out.KeyMetadata.KeyState != want {
			t.Errorf("%s: %v %+v", region, err, out)
		}
	}
}

func TestAClientCannotProbe(t *testing.T) {
	w := start(t, nil)
	if _, err := w.client("ap-south-1", "TWIN"+owner).Decrypt(t.Context(), &awskms.DecryptInput{CiphertextBlob: []byte("x"), KeyId: aws.String(mrk)}); code(err) != "InvalidCiphertextException: " {
		t.Errorf("%v", err)
	}
}

func TestADeniedCallerDoesNotLearnTheState(t *testing.T) {
	w := start(t, func(c *kernel.Config) {
		copies := c.World.Estate.Accounts[owner].Keys[mrk].Copies
		copies["us-east-1"] = estate.Of(estate.KeyCopy{State: estate.KeyDisabled, Policy: estate.Of(delegating)})
	})
	_, err := w.client("us-east-1", "TESTNOBODY").Encrypt(t.Context(), &awskms.EncryptInput{KeyId: aws.String(mrk), Plaintext: []byte("x")})
	if got := code(err); got != "AccessDeniedException: User: arn:aws:sts::111122223333:assumed-role/Nobody/twin is not authorized to perform: kms:Encrypt on resource: "+
		replica+" because no identity-based policy allows the kms:Encrypt action" {
		t.Errorf("got %s", got)
	}
}
