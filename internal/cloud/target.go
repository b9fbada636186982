package cloud

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"rehome/internal/diag"
	"rehome/internal/estate"
)

// Target finds out which side of the wire is configured and, on a twin, its world. Without an endpoint override it is AWS and
// nothing is asked. Accounts that lead to different sides are refused.
func (c *Cloud) Target(ctx context.Context) (target estate.Target, world string, err error) {
	side := map[string]string{} // world by endpoint
	var first estate.AccountID
	for _, id := range c.accountIDs() {
		a, err := c.account(ctx, id)
		if err != nil {
			return "", "", err
		}
		t, w := estate.TargetAWS, ""
		if endpoint := strings.TrimSuffix(aws.ToString(a.cfg.BaseEndpoint), "/"); endpoint != "" {
			if _, asked := side[endpoint]; !asked {
				if side[endpoint], err = a.twinAt(ctx, endpoint); err != nil {
					return "", "", err
				}
			}
			if w = side[endpoint]; w != "" {
				t = estate.TargetTwin
			}
		}
		if target == "" {
			target, world, first = t, w, id
		}
		if t != target || w != world {
			return "", "", &diag.Error{Code: "cloud/mixed-targets", What: "the accounts lead to different targets", Exit: diag.ExitUsage,
				Why: fmt.Sprintf("account %s to %s %s, account %s to %s %s", first, target, world, id, t, w),
				Fix: []string{"give all profiles the same endpoint_url, or none"}}
		}
	}
	if target == "" {
		target = estate.TargetAWS
	}
	return target, world, nil
}

// twinAt asks an endpoint whether it is a twin; its world's name is empty when it is none.
func (a *account) twinAt(ctx context.Context, endpoint string) (world string, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, endpoint+"/_twin/health", nil)
	if err != nil {
		return "", &diag.Error{Code: "cloud/endpoint", What: "the endpoint is no address", Why: err.Error(), Exit: diag.ExitUsage,
			Fix: []string{"set AWS_ENDPOINT_URL to an address such as http://127.0.0.1:8080, or unset it"}}
	}
	resp, err := a.cfg.HTTPClient.Do(req)
	if err != nil {
		return "", &diag.Error{Code: "cloud/endpoint", What: "nothing answers at " + endpoint, Why: innermost(err).Error(), Err: ctx.Err(),
			Fix: []string{"start the twin there (rehome twin --listen HOST:PORT), or unset AWS_ENDPOINT_URL"}}
	}
	defer resp.Body.Close()
	var health struct {
		Twin  bool   `json:"twin"`
		World string `json:"world"`
	}
	if json.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(&health) != nil || !health.Twin {
		return "", nil
	}
	if health.World == "" {
		health.World = "unnamed"
	}
	return health.World, nil
}

func (c *Cloud) accountIDs() []estate.AccountID {
	var ids []estate.AccountID
	for _, a := range c.config.Access {
		ids = append(ids, a.Account)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}
