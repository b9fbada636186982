package quicksight

import (
	"encoding/json"
	"slices"
	"strconv"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

// versions are those of a dashboard. The asset itself is the published one; the others wait here.
type versions struct {
	Latest, Published int
	Others            map[int]estate.Asset `json:",omitempty"`
}

func versionsOf(r *kernel.Request, id string) versions {
	v := versions{Latest: 1, Published: 1}
	r.Record(record(r, "versions", id), &v)
	return v
}

func (v versions) keep(r *kernel.Request, id string) { r.SetRecord(record(r, "versions", id), v) }

// add makes a version that waits to be published.
func (v versions) add(a estate.Asset) versions {
	if v.Others == nil {
		v.Others = map[int]estate.Asset{}
	}
	v.Latest++
	v.Others[v.Latest] = a
	return v
}

// summarizeDashboard adds what the list of dashboards says of their versions.
func summarizeDashboard(r *kernel.Request, a estate.Asset, _ content, out map[string]any) {
	out["PublishedVersionNumber"] = versionsOf(r, a.ID).Published
}

// findDashboard finds a dashboard in the version that the call asks for: the published one when it does not say. Aliases other than
// that one's are not modelled.
func findDashboard(r *kernel.Request) (about, int, error) {
	c, err := dashboards.find(r)
	if err != nil {
		return c, 0, err
	}
	v := versionsOf(r, c.id)
	if alias := c.string("alias-name"); alias != "" && alias != "$PUBLISHED" {
		return c, 0, notModelled("the dashboard alias %s", alias)
	}
	asked := c.string("version-number")
	if asked == "" || asked == strconv.Itoa(v.Published) {
		return c, v.Published, nil
	}
	n, _ := strconv.Atoi(asked)
	other, ok := v.Others[n]
	if !ok {
		return c, 0, notFound("The dashboard %s has no version %s.", c.id, asked)
	}
	c.asset.Name, c.asset.Content, c.asset.Updated = other.Name, other.Content, other.Updated
	return c, n, nil
}

func (c about) version(n int, a estate.Asset) map[string]any {
	out := map[string]any{"VersionNumber": n, "Status": successful, "Arn": string(c.name()) + "/version/" + strconv.Itoa(n)}
	if !a.Updated.IsZero() {
		out["CreatedTime"] = kernel.Timestamp(a.Updated)
	}
	return out
}

// describeDashboard shows one version, the published one unless the call names another.
func describeDashboard(r *kernel.Request) (any, error) {
	c, n, err := findDashboard(r)
	if err != nil {
		return nil, err
	}
	out, err := c.shown("LinkEntities")
	if err != nil {
		return nil, err
	}
	all, err := contentOf(r, c.asset)
	version := c.version(n, c.asset)
	version["DataSetArns"], version["Errors"] = dataSetARNs(all), definitionErrors(r, all)
	for name, value := range pick(all, "ThemeArn") {
		version[name] = value
	}
	if d := text(all, "versionDescription"); d != "" {
		version["Description"] = d
	}
	if out["Version"] = version; !c.asset.Updated.IsZero() {
		out["LastPublishedTime"] = kernel.Timestamp(c.asset.Updated)
	}
	return answer(r, map[string]any{"Dashboard": out}), err
}

// describeDashboardDefinition gives the definition as it came.
func describeDashboardDefinition(r *kernel.Request) (any, error) {
	c, _, err := findDashboard(r)
	if err != nil {
		return nil, err
	}
	out, err := c.on("Definition", "ThemeArn", "DashboardPublishOptions")
	if err != nil {
		return nil, err
	}
	all, err := contentOf(r, c.asset)
	out["Name"], out["ResourceStatus"], out["DashboardId"], out["Errors"] = c.asset.Name, successful, c.id, definitionErrors(r, all)
	return answer(r, out), err
}

// listDashboardVersions lists the newest first, an order that is INFERRED.
func listDashboardVersions(r *kernel.Request) (any, error) {
	c, err := dashboards.find(r)
	if err != nil {
		return nil, err
	}
	var p paging
	if err := r.Decode(&p); err != nil {
		return nil, err
	}
	v := versionsOf(r, c.id)
	list := []map[string]any{c.version(v.Published, c.asset)}
	for n, a := range v.Others {
		list = append(list, c.version(n, a))
	}
	slices.SortFunc(list, func(a, b map[string]any) int { return b["VersionNumber"].(int) - a["VersionNumber"].(int) })
	return page(r, "DashboardVersionSummaryList", list, p)
}

// updateDashboard makes a new version, which has to be published (quick-api 7).
func updateDashboard(r *kernel.Request) (any, error) {
	c, err := dashboards.find(r)
	if err != nil {
		return nil, err
	}
	next, err := c.proposed(true)
	if err != nil {
		return nil, err
	}
	v := versionsOf(r, c.id).add(estate.Asset{Type: next.Type, ID: next.ID, Name: next.Name, Updated: next.Updated, Content: next.Content})
	v.keep(r, c.id)
	return c.answer(map[string]any{"VersionArn": string(c.name()) + "/version/" + strconv.Itoa(v.Latest), "CreationStatus": "CREATION_IN_PROGRESS"}), nil
}

// updateDashboardPublishedVersion publishes a version that waits, or one that was published before.
func updateDashboardPublishedVersion(r *kernel.Request) (any, error) {
	c, err := dashboards.find(r)
	if err != nil {
		return nil, err
	}
	v := versionsOf(r, c.id)
	n, _ := strconv.Atoi(c.string("VersionNumber"))
	other, ok := v.Others[n]
	if !ok && n != v.Published {
		return nil, notFound("The dashboard %s has no version %s.", c.id, c.string("VersionNumber"))
	}
	if ok {
		delete(v.Others, n)
		v.Others[v.Published] = estate.Asset{Type: c.kind, ID: c.id, Name: c.asset.Name, Updated: c.asset.Updated, Content: c.asset.Content}
		v.Published = n
		v.keep(r, c.id)
		c.asset.Name, c.asset.Content, c.asset.Updated = other.Name, other.Content, r.Now()
		r.Assets().Put(c.asset)
	}
	return answer(r, map[string]any{"DashboardArn": c.name(), "DashboardId": c.id}), nil
}

// updateDashboardLinks replaces the links to analyses at once, without a version (quick-api 9).
func updateDashboardLinks(r *kernel.Request) (any, error) {
	c, err := dashboards.find(r)
	if err != nil {
		return nil, err
	}
	all, err := contentOf(r, c.asset)
	var links []string
	if err == nil && json.Unmarshal(c.in["LinkEntities"], &links) != nil {
		err = invalid("LinkEntities is required.")
	}
	if err != nil {
		return nil, err
	}
	all["linkEntities"] = links
	text, err := written(all)
	if err != nil {
		return nil, err
	}
	c.asset.Content = text
	r.Assets().Put(c.asset)
	return answer(r, map[string]any{"DashboardArn": c.name(), "LinkEntities": links}), nil
}

// deleteDashboard removes a dashboard with all versions. Deleting one version alone is not modelled.
func deleteDashboard(r *kernel.Request) (any, error) {
	c, err := dashboards.find(r)
	if n := c.string("version-number"); err == nil && n != "" && n != "0" {
		err = notModelled("the deletion of one version of a dashboard")
	}
	if err != nil {
		return nil, err
	}
	c.forget()
	return c.answer(map[string]any{}), nil
}
