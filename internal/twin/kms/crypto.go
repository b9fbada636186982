package kms

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

// cryptoInput holds the members of all cryptographic operations.
type cryptoInput struct {
	KeyID             string `json:"KeyId"`
	CiphertextBlob    []byte
	Plaintext         []byte
	EncryptionContext map[string]string
	KeySpec           string
	NumberOfBytes     int
	DryRun            bool
	TwinProbe         bool // see the package's text; ignored on calls of clients

	SourceKeyID      string            `json:"SourceKeyId"` // ReEncrypt
	SourceContext    map[string]string `json:"SourceEncryptionContext"`
	DestinationKeyID string            `json:"DestinationKeyId"`
	DestinationCtx   map[string]string `json:"DestinationEncryptionContext"`
}

func decode(r *kernel.Request) (in cryptoInput, err error) {
	err = r.Decode(&in)
	in.TwinProbe = in.TwinProbe && r.Internal
	return in, err
}

const algorithm = "SYMMETRIC_DEFAULT"

func encrypt(r *kernel.Request) (any, error) {
	in, err := decode(r)
	if err != nil {
		return nil, err
	}
	if n := len(in.Plaintext); (n == 0 || n > 4096) && !in.TwinProbe {
		return nil, invalid("Value at 'plaintext' failed to satisfy constraint: Member must have length between 1 and 4096")
	}
	t, err := ready(r, in.KeyID, "kms:Encrypt", in.EncryptionContext, in.DryRun)
	if err != nil {
		return nil, err
	}
	return map[string]any{"CiphertextBlob": t.seal(r, in.Plaintext, in.EncryptionContext), "KeyId": t.arn(), "EncryptionAlgorithm": algorithm}, nil
}

func decrypt(r *kernel.Request) (any, error) {
	in, err := decode(r)
	if err != nil {
		return nil, err
	}
	t, plaintext, err := in.unseal(r, "kms:Decrypt", in.KeyID, in.EncryptionContext)
	if err == nil && in.DryRun {
		err = dryRun()
	}
	return map[string]any{"KeyId": t.arn(), "Plaintext": plaintext, "EncryptionAlgorithm": algorithm, "KeyMaterialId": t.materialID()}, err
}

// reEncrypt needs two permissions, and each side has its own context (idc-kms 2.1, 4.5).
func reEncrypt(r *kernel.Request) (any, error) {
	in, err := decode(r)
	if err != nil {
		return nil, err
	}
	from, plaintext, err := in.unseal(r, "kms:ReEncryptFrom", in.SourceKeyID, in.SourceContext)
	if err != nil {
		return nil, err
	}
	to, err := ready(r, in.DestinationKeyID, "kms:ReEncryptTo", in.DestinationCtx, in.DryRun)
	if err != nil {
		return nil, err
	}
	return map[string]any{"CiphertextBlob": to.seal(r, plaintext, in.DestinationCtx), "SourceKeyId": from.arn(), "KeyId": to.arn(),
		"SourceEncryptionAlgorithm": algorithm, "DestinationEncryptionAlgorithm": algorithm,
		"SourceKeyMaterialId": from.materialID(), "DestinationKeyMaterialId": to.materialID()}, nil
}

// generateDataKey is both forms. The data key follows from the request's id: a twin keeps no secrets and draws no numbers.
func generateDataKey(r *kernel.Request) (any, error) {
	in, err := decode(r)
	if err != nil {
		return nil, err
	}
	size := map[string]int{"": in.NumberOfBytes, "AES_256": 32, "AES_128": 16}[in.KeySpec]
	if size < 1 || size > 1024 || in.KeySpec != "" && in.NumberOfBytes != 0 {
		return nil, kernel.Errorf("ValidationException", "Please specify either number of bytes or key spec.")
	}
	t, err := ready(r, in.KeyID, "kms:"+r.Operation, in.EncryptionContext, in.DryRun)
	if err != nil {
		return nil, err
	}
	var key []byte
	for i := 0; len(key) < size; i++ {
		key = append(key, t.derive(r, "data key", r.RequestID, string(rune('0'+i)))...)
	}
	out := map[string]any{"CiphertextBlob": t.seal(r, key[:size], in.EncryptionContext), "KeyId": t.arn(), "KeyMaterialId": t.materialID()}
	if r.Operation == "GenerateDataKey" {
		out["Plaintext"] = key[:size]
	}
	return out, nil
}

// ready finds a key and makes sure that the caller may use it and that it works.
func ready(r *kernel.Request, name, action string, context map[string]string, dry bool) (target, error) {
	t, err := find(r, name)
	if err == nil {
		err = question{target: t, action: action, context: context}.allow(r)
	}
	if err == nil {
		err = t.usable()
	}
	if err == nil && dry {
		err = dryRun()
	}
	return t, err
}

func (t target) usable() error {
	if err := t.state(crypto); err != nil {
		return err
	}
	if t.key.Usage != "ENCRYPT_DECRYPT" || t.key.Spec != algorithm { // AWS's text is not known
		return kernel.Errorf("InvalidKeyUsageException", "%s is a key for %s with %s.", t.arn(), t.key.Usage, t.key.Spec)
	}
	return nil
}

func dryRun() *kernel.Error {
	return kernel.Errorf("DryRunOperationException", "The request would have succeeded, but the DryRun option is set.")
}

// unseal finds the key of a ciphertext in this Region, makes sure that the caller may use it, and opens the ciphertext. name is the
// key that the caller expects; it is optional (idc-kms 2.1).
func (in cryptoInput) unseal(r *kernel.Request, action, name string, context map[string]string) (target, []byte, error) {
	q := question{action: action, context: context, byCiphertext: name == "" || in.TwinProbe}
	account, id, ok := owner(in.CiphertextBlob)
	var err error
	switch {
	case !q.byCiphertext:
		q.target, err = find(r, name)
	case in.TwinProbe:
		arn := estate.ARN(name)
		q.target, err = load(r, target{account: arn.Account(), region: r.Region, id: arn.KeyID()})
		err = q.notHere(r, err)
	case ok:
		q.target, err = load(r, target{account: account, region: r.Region, id: id})
		err = q.notHere(r, err)
	default:
		err = kernel.Errorf("InvalidCiphertextException", "")
	}
	if err == nil {
		err = q.allow(r)
	}
	if err == nil {
		err = q.usable()
	}
	if err != nil || in.TwinProbe {
		return q.target, nil, err
	}
	if ok && (account != q.account || id != q.id) {
		return q.target, nil, kernel.Errorf("IncorrectKeyException", "The key ID in the request does not identify a CMK that can perform this operation.")
	}
	plaintext, err := q.unsealed(r, in.CiphertextBlob, context)
	return q.target, plaintext, err
}

// A ciphertext is: magic, account and key id, a zero byte, nonce, sealed text.
const magic = "rehome twin 1 "

func owner(blob []byte) (estate.AccountID, estate.KeyID, bool) {
	head, _, ok := bytes.Cut(blob, []byte{0})
	name, ours := strings.CutPrefix(string(head), magic)
	account, id, split := strings.Cut(name, "/")
	return estate.AccountID(account), estate.KeyID(id), ok && ours && split
}

// seal encrypts with the material that all copies of the key share, so that each can decrypt what another encrypted. The nonce
// follows from the text, as everything in a twin does.
func (t target) seal(r *kernel.Request, plaintext []byte, context map[string]string) []byte {
	blob := append([]byte(magic+string(t.account)+"/"+string(t.id)), 0)
	nonce := t.derive(r, "nonce", string(plaintext), binding(context))[:12]
	return t.aead(r).Seal(append(blob, nonce...), nonce, plaintext, []byte(binding(context)))
}

// unsealed opens what seal made; a wrong context or a damaged text is the same error, with an empty message (idc-kms 2.6).
func (t target) unsealed(r *kernel.Request, blob []byte, context map[string]string) ([]byte, error) {
	_, body, _ := bytes.Cut(blob, []byte{0})
	if len(body) >= 12 {
		if plaintext, err := t.aead(r).Open(nil, body[:12], body[12:], []byte(binding(context))); err == nil {
			return plaintext, nil
		}
	}
	return nil, kernel.Errorf("InvalidCiphertextException", "")
}

func (t target) aead(r *kernel.Request) cipher.AEAD {
	block, err := aes.NewCipher(t.derive(r, "material"))
	if err != nil {
		panic(err) // 32 bytes are a key
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic(err) // AES has the block size that GCM needs
	}
	return aead
}

// derive gives 32 bytes that belong to the key and the world.
func (t target) derive(r *kernel.Request, parts ...string) []byte {
	seed, _ := hex.DecodeString(kernel.ID("key material", r.Title()+"/"+string(t.account), string(t.id)))
	mac := hmac.New(sha256.New, seed)
	for _, p := range parts {
		mac.Write(append([]byte(p), 0)) //nolint:errcheck // a hash never fails
	}
	return mac.Sum(nil)
}

func (t target) materialID() string {
	return kernel.ID("key material id", string(t.account), string(t.id))
}

// binding is the context as a text; maps are written with sorted keys.
func binding(context map[string]string) string {
	if len(context) == 0 {
		return ""
	}
	text, _ := json.Marshal(context)
	return string(text)
}
