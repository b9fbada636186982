package assets

import (
	"fmt"

	"rehome/internal/diag"
	"rehome/internal/estate"
)

// Lacking names, before anything is imported, what a person has to give so that all of a vault can be: what data sources sign in with
// (MIG-23), and where VPC connections are to be (MIG-24). Each fix says what to write in the map of names. What a person said to give later is
// a warning.
func Lacking(c ImportConfig) (found []diag.Finding) {
	held := c.Vault.held()
	c.Source.All(func(ref estate.AssetRef, item *Item) bool {
		f := diag.Finding{Status: diag.Fail, Subject: subject(ref), Owner: diag.QuickAdmin}
		label, to := Label(ref, item.Name), c.Mapping.Region(ref.Region)
		switch {
		case held[ref] == nil:
			return true
		case ref.Type == estate.AssetDataSource:
			cred, why := c.credential(ref, item)
			f.Code, f.Source = "MIG-23", []diag.Source{sheet("4.6a"), sheet("3.3")}
			switch region := cred.region(); {
			case why != "":
				f.Title, f.Cause = "1 data source has nothing to sign in with at the target: "+label, why+", and bundles hold no credentials"
				f.Fix = fmt.Sprintf("write in the spec under assets.secrets %s: ARN of a secret in %s, or %q if a person is to give it after the import", key(ref), to, credentialLater)
			case cred.Later:
				f.Severity, f.Title, f.Cause = diag.Warn, "1 data source is still to be given what it signs in with: "+label, "somebody chose to give it after the import"
				f.Fix = "after the import, update it in Quick"
			case region != "" && region != to:
				f.Severity, f.Title = diag.Warn, "1 data source is to sign in with a secret of another Region: "+label
				f.Cause, f.Fix = "its secret is in "+string(region)+", and it will be in "+string(to), "replicate the secret to "+string(to)+" and name the copy"
				f.Source = []diag.Source{inferred("4.6a")}
			default:
				return true
			}
		case ref.Type == estate.AssetVPCConnection:
			n, ok := c.Networks[ref]
			f.Code, f.Source = "MIG-24", []diag.Source{sheet("3.4")}
			switch {
			case !ok && !c.Mapping.leaves(ref.Region, c.Mapping.OldAccount):
				return true
			case !ok:
				f.Title, f.Cause = "1 VPC connection has no network at the target: "+label, "networks belong to one Region and account, and an import from another has to be told"
			case n.wrong() != "":
				f.Title, f.Cause = "1 VPC connection has a network that Quick does not take: "+label, n.wrong()
			default:
				return true
			}
			f.Fix = fmt.Sprintf("write in the spec under assets.networks %s: {subnets: [2 to 15 of %s], security_groups: [1 to 16 of it]}", key(ref), to)
		default:
			return true
		}
		found = append(found, f)
		return true
	})
	diag.Sort(found)
	return found
}

// key is the name of an asset in the map of names.
func key(ref estate.AssetRef) string {
	return string(ref.Region) + "/" + string(ref.Type) + "/" + ref.ID
}

// credential is what a data source signs in with: what a person gave, else the secret that it has, if that has a name at the target or its
// Region and account stay; secrets belong to one Region. why says that it needs something, and nobody gave it.
func (c *ImportConfig) credential(ref estate.AssetRef, item *Item) (cred Credential, why string) {
	if cred, ok := c.Credentials[ref]; ok {
		return cred, ""
	}
	switch {
	case item.Secret != "":
		if to, ok := c.Mapping.exact(item.Secret); ok {
			return Credential{SecretARN: to}, ""
		}
		if p, ok := item.Secret.Split(); ok && !c.Mapping.leaves(estate.Region(p[3]), estate.AccountID(p[4])) {
			return Credential{SecretARN: item.Secret}, ""
		}
		return cred, "it signs in with the secret " + string(item.Secret) + ", for which nothing at the target is named"
	case item.Stored:
		return cred, "it signs in with what Quick stores and never gives back"
	}
	return cred, ""
}

// region is that of the secret; empty: there is none, or it does not say.
func (c Credential) region() estate.Region {
	p, _ := c.SecretARN.Split()
	return estate.Region(p[3])
}

// wrong says what Quick would not take (quick-api 3.4); empty: nothing.
func (n Network) wrong() string {
	for _, l := range []struct {
		what      string
		n         int
		low, high int
	}{{"subnets", len(n.Subnets), 2, 15}, {"security groups", len(n.SecurityGroups), 1, 16}, {"DNS resolvers", len(n.DNSResolvers), 0, 15}} {
		if l.n < l.low || l.n > l.high {
			return fmt.Sprintf("it has %d %s, and %d to %d are allowed", l.n, l.what, l.low, l.high)
		}
	}
	return ""
}
