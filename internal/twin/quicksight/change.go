package quicksight

import (
	"encoding/json"
	"slices"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

// notContent are members of requests that are no part of an asset's content. Credentials are taken and forgotten; only the name of a
// secret stays, as it is no secret (quick-api 4.6a).
var notContent = []string{"AwsAccountId", "Permissions", "Tags", "FolderArns", "Credentials", "ClientToken"}

// body is the content that a request asks for.
func (c about) body() (content, error) {
	if c.in["SourceEntity"] != nil {
		return nil, notModelled("an asset that is made from a template")
	}
	out := content{}
	for name, raw := range c.in {
		if slices.Contains(notContent, name) {
			continue
		}
		var v any
		if err := parse(raw, &v); err != nil {
			return nil, kernel.Errorf("SerializationException", "%v", err)
		}
		if v != nil {
			out[inBundle(name)] = renamed(name, v, inBundle)
		}
	}
	var credentials struct{ SecretArn string }
	json.Unmarshal(c.in["Credentials"], &credentials) //nolint:errcheck // credentials of any other shape are forgotten
	if credentials.SecretArn != "" {
		out["secretArn"] = credentials.SecretArn
	}
	return out, nil
}

// proposed is the asset as a request wants it to be, after everything that can be refused about its content.
func (c about) proposed(update bool) (estate.Asset, error) {
	next, needs := c.asset, c.needs
	if update {
		needs = c.needsToo
	}
	if !c.pattern.MatchString(c.id) {
		return next, invalid("%s %q is not valid.", c.assetKind.id, c.id)
	}
	for _, name := range needs {
		if c.in[name] == nil {
			return next, invalid("%s is required.", name)
		}
	}
	name := c.string("Name")
	if name == "" && (c.kind != estate.AssetTheme || !update) {
		return next, invalid("Name is required.")
	}
	all, err := c.body()
	if err != nil {
		return next, err
	}
	if update && len(c.asset.Content) > 0 {
		before, err := contentOf(c.Request, c.asset)
		if err != nil {
			return next, err
		}
		for _, kept := range c.keeps {
			if v := member(before, kept); v != nil && all[kept] == nil {
				all[kept] = v
			}
		}
	}
	if err := checkReferences(c.Request, all); err != nil {
		return next, err
	}
	next.Type, next.ID, next.Updated = c.kind, c.id, c.Now()
	if name != "" {
		next.Name = name
	}
	all["name"] = next.Name
	next.Content, err = written(all)
	return next, err
}

// create makes an asset. Who calls is no owner of it unless the request says so: an IAM principal is no user of Quick (INFERRED). The
// asset is there at once; the answer speaks of progress, as AWS's does.
func create(k assetKind) kernel.Handler {
	return func(r *kernel.Request) (any, error) {
		c, err := k.open(r)
		if err != nil {
			return nil, err
		}
		if _, gone := deletedAnalysis(r, c.id); c.there || k.kind == estate.AssetAnalysis && gone {
			return nil, k.taken(c.id)
		}
		next, err := c.proposed(false)
		if err == nil {
			next.Permissions, err = c.first()
		}
		if err == nil {
			next.Tags, err = c.tags()
		}
		if err == nil {
			next.Folders, err = c.folders()
		}
		if err == nil && k.kind == estate.AssetFolder {
			err = c.checkParent()
		}
		if err != nil {
			return nil, err
		}
		r.Assets().Put(next)
		return c.made(next, "INITIAL_INGESTION"), nil
	}
}

// taken is Quick's answer about an id that is in use; the text is INFERRED.
func (k assetKind) taken(id string) error {
	e := exists("The %s %s exists already.", k.word, id)
	if k.resource != "" {
		e = e.With("ResourceType", k.resource)
	}
	return e
}

// first are the permissions that a new asset gets.
func (c about) first() ([]estate.AssetGrant, error) {
	list, err := c.permissions("Permissions")
	if err != nil || len(list) == 0 {
		return nil, err
	}
	who := newPrincipals(c.Request, c.quick)
	for _, p := range list {
		if err := who.check(p.Principal); err != nil {
			return nil, err
		}
	}
	return granted(c.kind, nil, nil, list)
}

// folders are the ids of the folder that a new asset is put in: one at most (quick-api 3.7).
func (c about) folders() ([]string, error) {
	arns := c.strings("FolderArns")
	if len(arns) > 1 {
		return nil, invalid("FolderArns has %d entries; at most 1 is allowed.", len(arns))
	}
	var out []string
	for _, a := range arns {
		ref, account, ok := assetOf(a)
		_, there := c.Assets().Get(estate.AssetFolder, ref.ID)
		if !ok || !there || account != c.Account || ref.Region != c.Region || ref.Type != estate.AssetFolder {
			return nil, notFound("The resource %s is not found.", a)
		}
		out = append(out, ref.ID)
	}
	return out, nil
}

// made is the answer to the making or changing of an asset. A SPICE dataset is loaded anew by either (quick-api 4.6; of an update
// INFERRED).
func (c about) made(a estate.Asset, load string) any {
	out := map[string]any{}
	switch c.kind {
	case estate.AssetDataSet:
		if id := ingest(c.Request, a, load); id != "" {
			out["IngestionId"], out["IngestionArn"] = id, string(c.name())+"/ingestion/"+id
		}
	case estate.AssetDashboard, estate.AssetTheme:
		out["CreationStatus"], out["VersionArn"] = "CREATION_IN_PROGRESS", c.name()+"/version/1"
	case estate.AssetVPCConnection:
		out["CreationStatus"], out["AvailabilityStatus"] = "CREATION_IN_PROGRESS", "UNAVAILABLE"
	case estate.AssetAnalysis, estate.AssetDataSource:
		out["CreationStatus"] = "CREATION_IN_PROGRESS"
	}
	return c.answer(out)
}

// update replaces an asset's content by what the request says; what a request cannot say stays. Dashboards have an update of their own.
func update(k assetKind) kernel.Handler {
	return func(r *kernel.Request) (any, error) {
		c, err := k.find(r)
		if err != nil {
			return nil, err
		}
		next, err := c.proposed(true)
		if err != nil {
			return nil, err
		}
		r.Assets().Put(next)
		answer := c.made(next, "EDIT").(map[string]any)
		if status, ok := answer["CreationStatus"]; ok && k.kind != estate.AssetTheme {
			delete(answer, "CreationStatus")
			answer["UpdateStatus"] = status
		}
		return answer, nil
	}
}

// remove deletes an asset at once. What uses it stays, and breaks (INFERRED).
func remove(k assetKind) kernel.Handler {
	return func(r *kernel.Request) (any, error) {
		c, err := k.find(r)
		if err == nil && k.kind == estate.AssetFolder {
			err = c.checkEmpty()
		}
		if err != nil {
			return nil, err
		}
		c.forget()
		out := map[string]any{}
		if k.kind == estate.AssetVPCConnection {
			out["DeletionStatus"], out["AvailabilityStatus"] = "DELETION_IN_PROGRESS", "UNAVAILABLE"
		}
		return c.answer(out), nil
	}
}

// forget removes an asset with what there is of it alone: a dataset's schedules and ingestions, a dashboard's versions.
func (c about) forget() {
	if c.kind == estate.AssetDataSet {
		for _, id := range slices.Clone(c.Assets().Below(estate.AssetRefreshSchedule, c.id+"/")) {
			c.Assets().Delete(estate.AssetRefreshSchedule, id)
		}
		c.DropRecord(record(c.Request, "ingestions", c.id))
	}
	if c.kind == estate.AssetDashboard {
		c.DropRecord(record(c.Request, "versions", c.id))
	}
	c.Assets().Delete(c.kind, c.id)
}
