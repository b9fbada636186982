package assets

import (
	"os"
	"path/filepath"
	"slices"

	"github.com/go-json-experiment/json"

	"rehome/internal/estate"
)

// networks are those of the VPC connections in the vault, as their bundles have them. Only bundles with such an entry are read.
func (c *Contents) networks() (map[estate.AssetRef]Network, error) {
	out := map[estate.AssetRef]Network{}
	for _, b := range c.Bundles {
		if !slices.ContainsFunc(b.Entries, func(e Entry) bool { return e.Type == estate.AssetVPCConnection }) {
			continue
		}
		path := filepath.Join(c.Dir, filepath.FromSlash(b.File.Name))
		file, err := os.Open(path)
		if err != nil {
			return nil, unusable(path, err)
		}
		err = readBundle(file, b.File.Size, func(e content) error {
			if e.Type != estate.AssetVPCConnection {
				return nil
			}
			var n struct {
				Subnets        []string   `json:"subnetIds"`
				SecurityGroups []string   `json:"securityGroupIds"`
				DNSResolvers   []string   `json:"dnsResolvers"`
				RoleARN        estate.ARN `json:"roleArn"`
			}
			err := json.Unmarshal(e.text, &n)
			out[e.in(b.Region)] = Network{Subnets: n.Subnets, SecurityGroups: n.SecurityGroups, DNSResolvers: n.DNSResolvers, RoleARN: n.RoleARN}
			return err
		})
		file.Close()
		if err != nil {
			return nil, unusable(path, err)
		}
	}
	return out, nil
}

// settled gives VPC connections that stay where they are the network that they have: Quick asks for one with every bundle of which it
// cannot tell where it was made, and a rewritten one tells nothing (INFERRED from quick-api 3.4).
func (i *importing) settled() error {
	known, err := i.Vault.networks()
	if err != nil {
		return err
	}
	merged := map[estate.AssetRef]Network{}
	for ref, n := range known {
		if !i.Mapping.leaves(ref.Region, i.Mapping.OldAccount) && len(n.Subnets) > 0 {
			merged[ref] = n
		}
	}
	for ref, n := range i.Networks {
		merged[ref] = n
	}
	i.Networks = merged
	return nil
}
