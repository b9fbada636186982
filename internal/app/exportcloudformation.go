package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"rehome/internal/assets"
	"rehome/internal/diag"
	"rehome/internal/estate"
)

// TemplatesFormat is the version of the JSON about exported templates.
const TemplatesFormat = "rehome.cloudformation/v1"

// Purpose is what somebody wants the exported assets for.
type Purpose string

// The purposes.
const (
	OneTime    Purpose = "one-time"   // they move, and people go on editing them in Quick
	Governance Purpose = "governance" // templates govern them from then on
)

// FormatFor is the export format to take for a purpose (quick-api 3.1; MIG-29).
func FormatFor(p Purpose) (format, why string) {
	if p == Governance {
		return "CLOUDFORMATION_JSON", "templates go on governing the assets: a stack owns what it makes"
	}
	return "QUICKSIGHT_JSON", "for a one-time move take Quick's own format: nobody owns the assets afterwards but their people, and rehome reads everything back (rehome assets export VAULT, rehome assets import VAULT)"
}

// ExportCloudFormationRequest says what to export, and where to.
type ExportCloudFormationRequest struct {
	Dir     string        // empty, or not there yet
	Region  estate.Region // of the assets; empty: the identity Region
	World   string        // instead of AWS
	Purpose Purpose       // empty: nobody said
}

// TemplatesExported are the templates of one Region, with what there is to know before a stack is made of them.
type TemplatesExported struct {
	Format      string             `json:"format"`
	Purpose     Purpose            `json:"purpose,omitzero"`
	Recommended string             `json:"recommended_format"` // for the purpose
	Why         string             `json:"why"`
	Account     estate.AccountID   `json:"account,omitzero"`
	Region      estate.Region      `json:"region,omitzero"`
	To          estate.Region      `json:"to,omitzero"` // where the stacks are to be
	Target      estate.Target      `json:"target,omitzero"`
	Dir         string             `json:"dir,omitzero"` // empty: nothing was exported
	Risk        OwnershipRisk      `json:"risk,omitzero"`
	Templates   []TemplateExported `json:"templates"`
	Left        []assets.Leftover  `json:"left,omitzero"` // what no template carries
	Findings    []diag.Finding     `json:"findings"`
}

// OwnershipRisk is what whoever makes the stacks takes on.
type OwnershipRisk struct {
	Name string   `json:"name"`
	Text []string `json:"text"`
}

// ownership is the risk of stacks that own assets (CloudFormation user guide, drift and deletion of stacks; quick-api 6.1).
func ownership(account estate.AccountID, to estate.Region, n int) OwnershipRisk {
	return OwnershipRisk{Name: fmt.Sprintf("cloudformation-owns/%s/%s/%d-assets", account, to, n), Text: []string{
		fmt.Sprintf("from its creation on a stack owns the assets that it made, %d in all: edits in the Quick console are drift, and an update of the stack that touches them takes them back", n),
		"deleting a stack deletes its assets, and so does taking a resource out of its template, unless the resource has DeletionPolicy: Retain",
		"an update that replaces a resource, such as a new id, makes the asset anew: what people added to the old one is gone",
	}}
}

// ExportCloudFormation has Quick export everything of one Region that bundles carry as CloudFormation templates, one job after another,
// and says how stacks are made of them. For a one-time move it exports nothing and says what to take instead.
func (a *App) ExportCloudFormation(ctx context.Context, req ExportCloudFormationRequest) (*TemplatesExported, error) {
	out := &TemplatesExported{Format: TemplatesFormat, Purpose: req.Purpose, Templates: []TemplateExported{}, Findings: []diag.Finding{}}
	out.Recommended, out.Why = FormatFor(req.Purpose)
	switch req.Purpose {
	case "", Governance:
	case OneTime:
		return out, nil
	default:
		return nil, &diag.Error{Code: "cloudformation/purpose", What: fmt.Sprintf("there is no purpose %q", req.Purpose), Exit: diag.ExitUsage, Fix: []string{"choose one-time or governance"}}
	}
	dir, err := emptyDir(req.Dir)
	if err != nil {
		return nil, err
	}
	out.Dir = dir
	ses, stop, err := a.lookingSession(ctx, req.World, "export cloudformation")
	if err != nil {
		return nil, err
	}
	defer stop()
	inv, err := ses.inventoryIn(ctx, req.Region)
	if err != nil {
		return nil, err
	}
	for r := range inv.Regions {
		out.Region = r
	}
	out.Account, out.To, out.Target, out.Left = inv.Account, ses.spec.TargetRegion, ses.target, inv.Leftovers()
	out.Findings = append(out.Findings, inv.Gaps("MIG-28")...)
	x := &templating{session: ses, out: out, inventory: inv, stamp: a.Now().UTC().Format("20060102T150405Z")}
	jobs := assets.Pack(inv, assets.NewGraph(inv), assets.MaxPerJob)
	for n, j := range jobs {
		a.saying(fmt.Sprintf("export: template %d of %d, %d assets", n+1, len(jobs), len(j.Assets)))
		if err := x.export(ctx, j); err != nil {
			return nil, err
		}
	}
	n := 0
	for _, t := range out.Templates {
		n += t.Assets
	}
	out.Risk = ownership(out.Account, out.To, n)
	diag.Sort(out.Findings)
	return out, nil
}

// emptyDir makes the directory; one that holds something is refused.
func emptyDir(dir string) (string, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	entries, err := os.ReadDir(abs)
	if errors.Is(err, fs.ErrNotExist) {
		err = os.MkdirAll(abs, 0o700)
	}
	if err != nil {
		return "", &diag.Error{Code: "cloudformation/unusable", What: "this is no directory that can be used", Where: dir, Why: err.Error(), Err: err, Exit: diag.ExitUsage}
	}
	if len(entries) > 0 {
		return "", &diag.Error{Code: "cloudformation/not-empty", What: "the directory is not empty", Where: dir, Why: "templates are not mixed with what was there", Exit: diag.ExitUsage,
			Fix: []string{"name an empty directory, or one that is not there yet"}}
	}
	return abs, nil
}

// inventoryIn reads one Region: the given one, or the identity Region.
func (s *session) inventoryIn(ctx context.Context, region estate.Region) (*assets.Inventory, error) {
	home, doors, people, err := s.doors(ctx)
	if err != nil {
		return nil, err
	}
	if region == "" {
		region = home
	}
	door, ok := doors[region]
	if !ok {
		return nil, &diag.Error{Code: "cloudformation/region", What: "Quick has no assets in a Region " + string(region), Exit: diag.ExitUsage, Fix: []string{"rehome assets inventory lists every Region that has some"}}
	}
	return assets.Take(ctx, assets.TakeConfig{Account: s.spec.Quick.Account, IdentityRegion: home, People: people, Regions: map[estate.Region]estate.Known[assets.Door]{region: door}})
}
