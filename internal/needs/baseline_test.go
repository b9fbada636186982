package needs

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rehome/internal/estate"
)

func TestKeyPolicyIsWhatAWSPublishes(t *testing.T) {
	var got, want any
	text := strings.ReplaceAll(sample(t, "official5"), "\n", "")
	if err := errors.Join(json.Unmarshal([]byte(KeyPolicy(management, nil)), &got), json.Unmarshal([]byte(text), &want)); err != nil {
		t.Fatal(err)
	}
	first := want.(map[string]any)["Statement"].([]any)[0].(map[string]any)
	first["Principal"] = map[string]any{"AWS": []any{"arn:aws:iam::" + string(management) + ":root"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-published +ours:\n%s", diff)
	}
}

// TestKeyPolicyMeetsEveryNeed, with delegated administrators in any order and named twice.
func TestKeyPolicyMeetsEveryNeed(t *testing.T) {
	facts, _ := bom(t)
	text := KeyPolicy(management, []estate.AccountID{"333344445555", "222233334444", "333344445555"})
	if text != KeyPolicy(management, []estate.AccountID{"222233334444", "333344445555"}) {
		t.Error("the policy depends on the order of the administrators")
	}
	if left, err := Denied(text, Of(facts)); err != nil || len(left) != 0 {
		t.Errorf("%d needs are denied, %v", len(left), err)
	}
	for _, root := range []string{"arn:aws:iam::222233334444:root", "arn:aws:iam::333344445555:root", "arn:aws:iam::" + string(management) + ":root"} {
		if strings.Count(text, root) != 1 {
			t.Errorf("%s stands %d times in the policy", root, strings.Count(text, root))
		}
	}
	if len(text) > MaxPolicy {
		t.Errorf("%d bytes", len(text))
	}
}
