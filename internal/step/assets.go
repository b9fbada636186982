package step

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"rehome/internal/diag"
	"rehome/internal/estate"
	"rehome/internal/plan"
)

// Assets is the account's assets and the vault as the hands reach them. A vault is named by a word that the run keeps.
type Assets interface {
	// Exported looks whether a vault holds everything that is there now, or is signed for; empty: the newest vault. When the old account is
	// gone, nothing is compared any more: the vault has to be whole.
	Exported(ctx context.Context, vault string, gone bool) (plan.Observation, error)
	// Export fills the newest vault, or a new one when that is not what is there any more.
	Export(ctx context.Context) error
	// Tried looks whether the vault has passed its trial import and nothing of that is left; when the old account is gone, only the former.
	Tried(ctx context.Context, vault string, gone bool) (plan.Observation, error)
	Try(ctx context.Context, vault string) error
	// Loaded looks whether every dataset in SPICE has been loaded since its import.
	Loaded(ctx context.Context, vault string) (plan.Observation, error)
	Load(ctx context.Context, vault string) error
	// Rehearsed looks whether the plan has passed a rehearsal with the very content of the vault.
	Rehearsed(ctx context.Context, vault string) (plan.Observation, error)
	Rehearse(ctx context.Context, vault string) error
	// Imported accounts for every asset of the vault; done means that none is lost.
	Imported(ctx context.Context, vault string) (plan.Observation, error)
	// Import brings the vault into the account; what could not be brought, or is not as it was, is its error.
	Import(ctx context.Context, vault string) error
}

var (
	bundles  = diag.Source{Doc: "quick-api fact sheet, sections 3.1 to 3.6", Date: "2026-11-22"}
	besides  = diag.Source{Doc: "quick-api fact sheet, section 3.7", Date: "2026-11-22"}
	jobsOnce = 5   // export and import jobs of an account at once (quick-api 3.1)
	perJob   = 100 // assets in an export job (quick-api 3.1)
)

// moving reports whether the plan takes assets along: the old account goes, and it holds some.
func (s situation) moving() bool { return s.deletes && s.assetCount() > 0 }

// assetCount is how many assets the survey has seen.
func (s situation) assetCount() int {
	n := 0
	for _, list := range s.quick.Assets {
		n += len(list.Or(nil))
	}
	return n
}

// assetsByRegion tells how many assets go with the old account, for whoever has to agree to that.
func (s situation) assetsByRegion() string {
	var out []string
	for _, r := range slices.Sorted(maps.Keys(s.quick.Assets)) {
		switch list, ok := s.quick.Assets[r].Get(); {
		case ok && len(list) > 0:
			out = append(out, fmt.Sprintf("%d in %s", len(list), r))
		case !ok && !s.quick.Assets[r].IsAbsent():
			out = append(out, fmt.Sprintf("nobody knows how many in %s", r))
		}
	}
	if len(out) == 0 {
		return "no assets were seen in any Region"
	}
	return "assets: " + strings.Join(out, ", ")
}

// jobs is about how many bundles the assets make.
func (s situation) jobs() int {
	n := 0
	for _, list := range s.quick.Assets {
		n += (len(list.Or(nil)) + perJob - 1) / perJob
	}
	return n
}

// rounds is how long so many jobs take, so many at once.
func rounds(jobs int, one estate.Span) estate.Span {
	n := (jobs + jobsOnce - 1) / jobsOnce
	one.Typical, one.Low, one.High = one.Typical*n, one.Low*n, one.High*n
	return one
}

// exportAssets fills the vault: everything that bundles carry, and beside it what they do not.
type exportAssets struct{ env Env }

func (exportAssets) Name() string { return idExport }

func (k exportAssets) Plan(in plan.Input) ([]plan.Step, error) {
	s := look(in)
	if !s.moving() {
		return nil, nil
	}
	p, err := params(oldParams{Name: s.quick.Name})
	return []plan.Step{{ID: idExport, Kind: k.Name(), Account: s.account, Region: s.home(), Phase: plan.Prepare, Actor: diag.QuickAdmin, Params: p,
		Title:  fmt.Sprintf("export %d assets of %d Regions into a vault", s.assetCount(), s.assetRegions()),
		Reason: "deleting the account destroys them in every Region, for good",
		Calls:  []string{"quicksight:StartAssetBundleExportJob", "quicksight:DescribeAssetBundleExportJob"},
		Effect: "Quick keeps the export jobs for 14 days; the vault on this machine holds the assets, without credentials and without rows of data",
		Done:   "the vault is whole, and every asset that is there now is in it as it is, or is signed for in the spec", Undo: "delete the vault's directory", Risk: plan.Creates,
		Repairs: s.carried(), Predicted: rounds(s.jobs(), in.Times[estate.TimeAssetExport]), Sources: []diag.Source{bundles}}}, err
}

func (s situation) assetRegions() int {
	n := 0
	for _, list := range s.quick.Assets {
		if len(list.Or(nil)) > 0 {
			n++
		}
	}
	return n
}

// carried are the findings about Regions whose assets a vault saves.
func (s situation) carried() []string {
	var out []string
	for _, f := range s.Findings {
		if f.Code == "MIG-15" && f.Status == diag.Fail && f.Open() && strings.HasPrefix(f.Subject, "quick/") {
			out = append(out, f.Key())
		}
	}
	return out
}

func (k exportAssets) Observe(ctx context.Context, r plan.Run, s plan.Step) (plan.Observation, error) {
	gone, err := destroyed(ctx, k.env, r, s)
	if err != nil {
		return plan.Observation{}, err
	}
	pinned := ""
	if gone { // from then on the vault is the only place where they are
		pinned = r.Output(idExport)["vault"]
	}
	return k.env.Assets.Exported(ctx, pinned, gone)
}

// destroyed reports whether the old account is gone or going: then what is in Quick says nothing about what has to be in the vault.
func destroyed(ctx context.Context, env Env, r plan.Run, s plan.Step) (bool, error) {
	if r.Output(idDelete) != nil {
		return true, nil
	}
	old, err := oldAccount(ctx, env, s)
	q, exists := old.Get()
	return err == nil && (!exists || q.Status == estate.QuickUnsubscribing), err
}

func (k exportAssets) Act(ctx context.Context, _ plan.Run, _ plan.Step) error {
	return k.env.Assets.Export(ctx)
}

func (exportAssets) Patience() (time.Duration, time.Duration) { return shortly() }

// trialImport brings everything into the old account under a prefix, where it is to go, and removes it again: what AWS would refuse is known
// before anything is deleted.
type trialImport struct{ env Env }

func (trialImport) Name() string { return idTrial }

func (k trialImport) Plan(in plan.Input) ([]plan.Step, error) {
	s := look(in)
	if !s.moving() || in.Spec.AssetsWanted().NoTrial != nil {
		return nil, nil
	}
	p, err := params(oldParams{Name: s.quick.Name})
	return []plan.Step{{ID: idTrial, Kind: k.Name(), Account: s.account, Region: s.home(), Phase: plan.Prepare, Actor: diag.QuickAdmin, Params: p,
		Title:  "try the import: " + s.destinations() + ", under a prefix, and remove it again",
		Reason: "whether AWS takes these very bundles is seen while everything is still there",
		Calls:  []string{"quicksight:StartAssetBundleImportJob", "quicksight:DescribeAssetBundleImportJob"},
		Effect: "for some minutes the old account holds every asset a second time, where it is to go, with ids that begin with rehome-trial- and nobody's permissions; SPICE holds their data as long",
		Done:   "every bundle was imported and read back, and nothing of it is left", Undo: "nothing to undo: it removes what it made", Risk: plan.Creates, Needs: []string{idExport},
		Predicted: rounds(s.jobs(), in.Times[estate.TimeAssetImport]), Sources: []diag.Source{bundles}}}, err
}

func (k trialImport) Observe(ctx context.Context, r plan.Run, s plan.Step) (plan.Observation, error) {
	gone, err := destroyed(ctx, k.env, r, s)
	if err != nil {
		return plan.Observation{}, err
	}
	return k.env.Assets.Tried(ctx, r.Output(idExport)["vault"], gone)
}

func (k trialImport) Act(ctx context.Context, r plan.Run, _ plan.Step) error {
	return k.env.Assets.Try(ctx, r.Output(idExport)["vault"])
}

func (trialImport) Patience() (time.Duration, time.Duration) { return shortly() }

// rehearseVault repeats the rehearsal with what was exported: until then it was made with what a survey knows, which is names.
type rehearseVault struct{ env Env }

func (rehearseVault) Name() string { return idRehearse }

func (k rehearseVault) Plan(in plan.Input) ([]plan.Step, error) {
	s := look(in)
	if !s.moving() {
		return nil, nil
	}
	return []plan.Step{{ID: idRehearse, Kind: k.Name(), Account: s.account, Region: s.home(), Phase: plan.Prepare, Actor: diag.QuickAdmin,
		Title: "rehearse the whole plan once more, with the vault", Reason: "whether these very bundles can be imported is seen on a twin before anything is deleted",
		Calls: []string{}, Effect: "none; the rehearsal runs on this machine", Done: "the rehearsal of this plan with this vault has ended ready", Undo: "nothing to undo", Risk: plan.Reads,
		Needs: append([]string{idExport}, s.planned(trialImport{})...), Sources: []diag.Source{bundles}}}, nil
}

func (k rehearseVault) Observe(ctx context.Context, r plan.Run, _ plan.Step) (plan.Observation, error) {
	return k.env.Assets.Rehearsed(ctx, r.Output(idExport)["vault"])
}

func (k rehearseVault) Act(ctx context.Context, r plan.Run, _ plan.Step) error {
	return k.env.Assets.Rehearse(ctx, r.Output(idExport)["vault"])
}

func (rehearseVault) Patience() (time.Duration, time.Duration) { return shortly() }

// importAssets brings the vault into the new account and accounts for every asset.
type importAssets struct{ env Env }

func (importAssets) Name() string { return idImport }

func (k importAssets) Plan(in plan.Input) ([]plan.Step, error) {
	s := look(in)
	if !s.moving() {
		return nil, nil
	}
	return []plan.Step{{ID: idImport, Kind: k.Name(), Account: s.account, Region: in.Spec.TargetRegion, Phase: plan.Cutover, Actor: diag.QuickAdmin,
		Title:  "import the vault: " + s.destinations(),
		Reason: "an account without its assets is not the account",
		Calls:  []string{"quicksight:StartAssetBundleImportJob", "quicksight:DescribeAssetBundleImportJob"},
		Effect: "every asset is made again with its id, permissions, tags, folders and schedules; embedded addresses that name the old Region do not work any more",
		Done:   "every asset of the vault was read back as it was, is left for a person, or may stay behind by somebody's word: none is lost", Undo: "delete the assets in Quick", Risk: plan.Creates,
		Needs: append([]string{idExport, idCreated}, s.planned(verifyQuick{})...), Predicted: rounds(s.jobs(), in.Times[estate.TimeAssetImport]), Sources: []diag.Source{bundles}}}, nil
}

// destinations tells where the assets of each Region go.
func (s situation) destinations() string {
	var out []string
	for _, r := range slices.Sorted(maps.Keys(s.quick.Assets)) {
		if n := len(s.quick.Assets[r].Or(nil)); n > 0 {
			out = append(out, fmt.Sprintf("%d assets of %s to %s", n, r, s.Spec.AssetTarget(s.home(), r)))
		}
	}
	return strings.Join(out, ", ")
}

func (k importAssets) Observe(ctx context.Context, r plan.Run, _ plan.Step) (plan.Observation, error) {
	return k.env.Assets.Imported(ctx, r.Output(idExport)["vault"])
}

func (k importAssets) Act(ctx context.Context, r plan.Run, _ plan.Step) error {
	return k.env.Assets.Import(ctx, r.Output(idExport)["vault"])
}

func (importAssets) Patience() (time.Duration, time.Duration) { return shortly() }

// loadDatasets has Quick load what bundles do not carry: the rows of datasets in SPICE.
type loadDatasets struct{ env Env }

func (loadDatasets) Name() string { return idLoad }

func (k loadDatasets) Plan(in plan.Input) ([]plan.Step, error) {
	s := look(in)
	if !s.moving() {
		return nil, nil
	}
	return []plan.Step{{ID: idLoad, Kind: k.Name(), Account: s.account, Region: in.Spec.TargetRegion, Phase: plan.Cutover, Actor: diag.QuickAdmin,
		Title: "load every dataset that is in SPICE", Reason: "bundles carry definitions, not data: until it is loaded a dataset in SPICE is empty",
		Calls:  []string{"quicksight:CreateIngestion", "quicksight:DescribeIngestion"},
		Effect: "each data source is read once in full; SPICE in the target Regions holds the data", Done: "the first ingestion of every such dataset has completed", Undo: "nothing to undo", Risk: plan.Changes,
		Needs: []string{idImport}, Predicted: in.Times[estate.TimeIngestion], Sources: []diag.Source{besides}}}, nil
}

func (k loadDatasets) Observe(ctx context.Context, r plan.Run, _ plan.Step) (plan.Observation, error) {
	return k.env.Assets.Loaded(ctx, r.Output(idExport)["vault"])
}

func (k loadDatasets) Act(ctx context.Context, r plan.Run, _ plan.Step) error {
	return k.env.Assets.Load(ctx, r.Output(idExport)["vault"])
}

func (loadDatasets) Patience() (time.Duration, time.Duration) { return shortly() }

// remakeAssets is what no bundle brings and a person makes again.
type remakeAssets struct{ worded }

func (remakeAssets) Name() string { return idRemake }

func (k remakeAssets) Plan(in plan.Input) ([]plan.Step, error) {
	s := look(in)
	hand := in.Spec.AssetsWanted().ByHand
	if !s.moving() || len(hand) == 0 {
		return nil, nil
	}
	st := s.handed(idRemake, k, fmt.Sprintf("make %d assets again that no bundle brings, by hand", len(hand)), "they were there before the move, and somebody has said to make them again")
	st.Needs, st.Sources = []string{idImport}, []diag.Source{besides}
	st.Effect, st.Done, st.Undo = "what no bundle carries is there again", "somebody says so", "delete them in Quick"
	st.ByHand.Why = "asset bundles do not carry them"
	st.ByHand.Do = []string{s.signInTo()}
	for _, key := range slices.Sorted(maps.Keys(hand)) {
		st.ByHand.Do = append(st.ByHand.Do, fmt.Sprintf("make %s again (%s)", key, hand[key]))
	}
	return []plan.Step{st}, nil
}
