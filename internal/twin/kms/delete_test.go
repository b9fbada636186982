package kms_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awskms "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

const aDay = 24 * time.Hour

func (w twin) deletion(region, key string, days int32) string {
	w.Helper()
	in := &awskms.ScheduleKeyDeletionInput{KeyId: aws.String(key)}
	if days != 0 {
		in.PendingWindowInDays = aws.Int32(days)
	}
	out, err := w.client(region, "TWIN"+owner).ScheduleKeyDeletion(w.Context(), in)
	if err != nil {
		return code(err)
	}
	date := "never"
	if out.DeletionDate != nil {
		date = out.DeletionDate.UTC().Format(time.DateTime)
	}
	return fmt.Sprintf("%s %d %s", out.KeyState, aws.ToInt32(out.PendingWindowInDays), date)
}

func (w twin) stateAt(region string) string {
	w.Helper()
	out, err := w.client(region, "TWIN"+owner).DescribeKey(w.Context(), &awskms.DescribeKeyInput{KeyId: aws.String(mrk)})
	if err != nil {
		return code(err)
	}
	m, text := out.KeyMetadata, string(out.KeyMetadata.KeyState)
	if m.DeletionDate != nil {
		text += " until " + m.DeletionDate.UTC().Format(time.DateOnly)
	}
	if m.PendingDeletionWindowInDays != nil {
		text += fmt.Sprintf(" then %d days", *m.PendingDeletionWindowInDays)
	}
	if m.MultiRegionConfiguration != nil {
		text += fmt.Sprintf(", %d replicas", len(m.MultiRegionConfiguration.ReplicaKeys))
	}
	return text
}

func (w twin) advance(d time.Duration) {
	w.Helper()
	w.steer("POST", "/_twin/clock", fmt.Sprintf(`{"advance":%d}`, int(d.Seconds())))
}

// A primary key outlives its replicas, and its own waiting period begins with the end of the last (idc-kms 2.5).
func TestAPrimaryKeyWaitsForItsReplicas(t *testing.T) {
	w := start(t, nil)
	if got := w.deletion("ap-south-1", mrk, 8); got != "PendingReplicaDeletion 8 never" {
		t.Errorf("the primary: %s", got)
	}
	if got := w.stateAt("ap-south-1"); got != "PendingReplicaDeletion then 8 days, 1 replicas" {
		t.Errorf("the primary: %s", got)
	}
	if got := w.deletion("us-east-1", mrk, 7); got != "PendingDeletion 7 2026-12-08 08:00:00" {
		t.Errorf("the replica: %s", got)
	}
	if got := w.stateAt("us-east-1"); got != "PendingDeletion until 2026-12-08, 1 replicas" {
		t.Errorf("the replica: %s", got)
	}
	w.advance(7*aDay - time.Second)
	if got := w.stateAt("us-east-1"); got != "PendingDeletion until 2026-12-08, 1 replicas" {
		t.Errorf("a second before: %s", got)
	}
	w.advance(time.Second)
	if got := w.stateAt("us-east-1"); got != "NotFoundException: Key '"+replica+"' does not exist" {
		t.Errorf("the replica, gone: %s", got)
	}
	if got := w.stateAt("ap-south-1"); got != "PendingDeletion until 2026-12-16, 0 replicas" {
		t.Errorf("the primary, its turn: %s", got)
	}
	w.advance(8 * aDay)
	if got := w.stateAt("ap-south-1"); got != "NotFoundException: Key '"+primary+"' does not exist" {
		t.Errorf("the primary, gone: %s", got)
	}
	if got := w.stateAt("eu-west-1"); !strings.HasPrefix(got, "NotFoundException") {
		t.Errorf("elsewhere: %s", got)
	}
}

func TestADeletionCanBeCancelled(t *testing.T) {
	w := start(t, nil)
	cancel := func(region, key string) string {
		out, err := w.client(region, "TWIN"+owner).CancelKeyDeletion(t.Context(), &awskms.CancelKeyDeletionInput{KeyId: aws.String(key)})
		if err != nil {
			return code(err)
		}
		return *out.KeyId
	}
	w.deletion("ap-south-1", mrk, 0)
	w.deletion("us-east-1", mrk, 0)
	if got := cancel("us-east-1", mrk); got != replica {
		t.Errorf("answer %s", got)
	}
	if got := cancel("ap-south-1", mrk); got != primary {
		t.Errorf("answer %s", got)
	}
	if got := cancel("ap-south-1", single); got != "KMSInvalidStateException: arn:aws:kms:ap-south-1:111122223333:key/"+single+" is not pending deletion." {
		t.Errorf("nothing to cancel: %s", got)
	}
	w.advance(60 * aDay)
	for _, region := range []string{"us-east-1", "ap-south-1"} {
		if got := w.stateAt(region); got != "Disabled, 1 replicas" {
			t.Errorf("%s, two months later: %s", region, got)
		}
	}
}

func TestWaitingPeriods(t *testing.T) {
	const constraint = "ValidationException: 1 validation error detected: "
	for days, want := range map[int32]string{0: "PendingDeletion 30 2026-12-31 08:00:00", 7: "PendingDeletion 7 2026-12-08 08:00:00",
		30: "PendingDeletion 30 2026-12-31 08:00:00", 6: constraint, 31: constraint, -1: constraint} {
		if got := start(t, nil).deletion("ap-south-1", single, days); !strings.HasPrefix(got, want) {
			t.Errorf("%d days: %s, want %s", days, got, want)
		}
	}
}

// Nobody polls for days: a clock that jumps to what comes next leaves a key that waits for its end alone.
func TestAnAutomaticClockDoesNotDeleteKeys(t *testing.T) {
	w := start(t, func(c *kernel.Config) { c.Clock = kernel.ClockAuto })
	w.deletion("us-east-1", mrk, 7)
	for range 3 {
		if got := w.stateAt("us-east-1"); got != "PendingDeletion until 2026-12-08, 1 replicas" {
			t.Errorf("a reader sees %s", got)
		}
	}
}

// A copy that waits for its end is still there: a new one can be made when it is gone, and it begins with nothing of the old one.
func TestAReplicaCanBeMadeAnew(t *testing.T) {
	w := start(t, func(c *kernel.Config) { c.World.Times = map[estate.TimeKey]int{estate.TimePolicyVisible: 300} })
	south := w.client("ap-south-1", "TWIN"+owner)
	again := func() error {
		_, err := south.ReplicateKey(t.Context(), &awskms.ReplicateKeyInput{KeyId: aws.String(mrk), ReplicaRegion: aws.String("us-east-1"), Policy: aws.String(org)})
		return err
	}
	w.deletion("us-east-1", mrk, 7)
	if got := code(again()); !strings.HasPrefix(got, "AlreadyExistsException") {
		t.Errorf("while it waits: %s", got)
	}
	w.advance(7 * aDay)
	if err := again(); err != nil {
		t.Fatal(err)
	}
	w.advance(10 * time.Second)
	if got := w.stateAt("us-east-1"); got != "Enabled, 1 replicas" {
		t.Errorf("the new one: %s", got)
	}
	sso := kernel.ServicePrincipal("sso", owner, "")
	if err := w.ask("us-east-1", sso, "Decrypt", map[string]any{"KeyId": replica, "TwinProbe": true,
		"EncryptionContext": map[string]string{"aws:sso:instance-arn": "x"}}); err != nil {
		t.Errorf("a new replica's policy holds at once: %v", err)
	}
}

// The table is that of idc-kms 2.5, the texts those of 2.6; "" is an operation that succeeds.
func TestKeyStates(t *testing.T) {
	in := func(what string) string { return "KMSInvalidStateException: " + replica + " " + what }
	disabled, creating, updating := "DisabledException: "+replica+" is disabled.", in("is creating."), in("is updating.")
	importing, pending := in("is pending import."), in("is pending deletion.")
	replicas, gone := in("is pending deletion (or pending replica deletion)."), in("is unavailable.")
	notPending := in("is not pending deletion.")
	states := []estate.KeyState{estate.KeyEnabled, estate.KeyDisabled, estate.KeyCreating, estate.KeyUpdating, estate.KeyPendingImport,
		estate.KeyPendingDeletion, estate.KeyPendingReplicaDeletion, estate.KeyUnavailable}
	for operation, want := range map[string][]string{
		"DescribeKey":         {"", "", "", "", "", "", "", ""},
		"GetKeyPolicy":        {"", "", "", "", "", "", "", ""},
		"ListGrants":          {"", "", "", "", "", "", "", ""},
		"ListResourceTags":    {"", "", "", "", "", "", "", ""},
		"PutKeyPolicy":        {"", "", "", "", "", pending, replicas, ""},
		"TagResource":         {"", "", "", "", "", pending, replicas, ""},
		"Encrypt":             {"", disabled, creating, "", importing, pending, replicas, gone},
		"CreateGrant":         {"", disabled, creating, "", importing, pending, replicas, ""},
		"ReplicateKey":        {"", disabled, creating, updating, importing, pending, replicas, gone},
		"EnableKey":           {"", "", creating, updating, importing, pending, replicas, gone},
		"DisableKey":          {"", "", creating, updating, importing, pending, replicas, gone},
		"ScheduleKeyDeletion": {"", "", creating, updating, "", pending, replicas, ""},
		"CancelKeyDeletion":   {notPending, notPending, notPending, notPending, notPending, "", "", notPending},
	} {
		for i, state := range states {
			w := start(t, func(c *kernel.Config) {
				edit(func(k *estate.KeyCopy) { k.State, k.Tags = state, estate.Of(map[string]string{}) })(c)
				k := c.World.Estate.Accounts[owner].Keys[mrk]
				k.Primary = "us-east-1"
				c.World.Estate.Accounts[owner].Keys[mrk] = k
			})
			if got := w.try(operation); got != want[i] {
				t.Errorf("%s of a key that is %s: %q, want %q", operation, state, got, want[i])
			}
		}
	}
}

// try makes one call of an operation on the key in us-east-1.
func (w twin) try(operation string) string {
	w.Helper()
	c, id, x := w.client("us-east-1", "TWIN"+owner), aws.String(mrk), w.Context()
	calls := map[string]func() error{
		"DescribeKey":  func() error { _, err := c.DescribeKey(x, &awskms.DescribeKeyInput{KeyId: id}); return err },
		"GetKeyPolicy": func() error { _, err := c.GetKeyPolicy(x, &awskms.GetKeyPolicyInput{KeyId: id}); return err },
		"ListGrants":   func() error { _, err := c.ListGrants(x, &awskms.ListGrantsInput{KeyId: id}); return err },
		"ListResourceTags": func() error {
			_, err := c.ListResourceTags(x, &awskms.ListResourceTagsInput{KeyId: id})
			return err
		},
		"PutKeyPolicy": func() error {
			_, err := c.PutKeyPolicy(x, &awskms.PutKeyPolicyInput{KeyId: id, Policy: aws.String(delegating)})
			return err
		},
		"TagResource": func() error {
			_, err := c.TagResource(x, &awskms.TagResourceInput{KeyId: id, Tags: []types.Tag{}})
			return err
		},
		"Encrypt": func() error {
			_, err := c.Encrypt(x, &awskms.EncryptInput{KeyId: id, Plaintext: []byte("x")})
			return err
		},
		"CreateGrant": func() error {
			_, err := c.CreateGrant(x, &awskms.CreateGrantInput{KeyId: id, GranteePrincipal: aws.String("arn:aws:iam::444455556666:root"),
				Operations: []types.GrantOperation{types.GrantOperationDecrypt}})
			return err
		},
		"ReplicateKey": func() error {
			_, err := c.ReplicateKey(x, &awskms.ReplicateKeyInput{KeyId: id, ReplicaRegion: aws.String("eu-west-1")})
			return err
		},
		"EnableKey":  func() error { _, err := c.EnableKey(x, &awskms.EnableKeyInput{KeyId: id}); return err },
		"DisableKey": func() error { _, err := c.DisableKey(x, &awskms.DisableKeyInput{KeyId: id}); return err },
		"ScheduleKeyDeletion": func() error {
			_, err := c.ScheduleKeyDeletion(x, &awskms.ScheduleKeyDeletionInput{KeyId: id})
			return err
		},
		"CancelKeyDeletion": func() error { _, err := c.CancelKeyDeletion(x, &awskms.CancelKeyDeletionInput{KeyId: id}); return err },
	}
	return code(calls[operation]())
}
