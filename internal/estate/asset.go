package estate

import (
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// Asset is one thing in Quick that a deletion of the account destroys. A survey knows type, id, name and the last change; an inventory
// adds what the asset uses and who may use it; a twin holds its content as well.
type Asset struct {
	Type    AssetType `json:"type"`
	ID      string    `json:"id"` // of a refresh schedule: the dataset's, a slash, and its own
	Name    string    `json:"name"`
	Updated time.Time `json:"updated,omitzero"` // last change, as Quick lists it; zero: the list does not say it
	// Content is the asset as an asset bundle writes it: the members of the request that makes it, in lower camel case, with ARNs of the
	// Region it is in. Permissions, tags and folders are not in it. Empty: not looked at.
	Content     jsontext.Value    `json:"content,omitzero"`
	Permissions []AssetGrant      `json:"permissions,omitzero"` // sorted by principal; nil: not looked at, or nobody has any
	Tags        map[string]string `json:"tags,omitzero"`
	Folders     []string          `json:"folders,omitzero"` // ids of the folders that hold it, sorted
}

// AssetGrant is what one principal of Quick may do with an asset. Quick takes whole sets of actions only (quick-api 4.1).
type AssetGrant struct {
	Principal ARN      `json:"principal"` // a user, group or namespace; its Region is the identity Region
	Actions   []string `json:"actions"`   // sorted
}

// AssetType is the word that Quick ARNs use for a kind of asset.
type AssetType string

// The types that asset bundles carry (quick-api 3.1, MIG-02).
const (
	AssetAnalysis        AssetType = "analysis"
	AssetDashboard       AssetType = "dashboard"
	AssetDataSet         AssetType = "dataset"
	AssetDataSource      AssetType = "datasource"
	AssetFolder          AssetType = "folder"
	AssetRefreshSchedule AssetType = "refresh-schedule"
	AssetTheme           AssetType = "theme"
	AssetVPCConnection   AssetType = "vpcConnection"
)

// BundleTypes are the types that asset bundles carry, in the order in which they can be imported: whatever a type uses comes before it.
var BundleTypes = []AssetType{AssetVPCConnection, AssetDataSource, AssetTheme, AssetFolder, AssetDataSet, AssetRefreshSchedule, AssetAnalysis, AssetDashboard}

// AssetTypes are the kinds of asset that Quick's API (v1.113.0 of the Go SDK) can list per Region; refresh schedules are listed for each
// dataset. Kinds without a list call, such as threshold alerts, bookmarks or uploads, are no part of it (quick-api 4.10).
var AssetTypes = []AssetType{"action-connector", "agent", AssetAnalysis, AssetDashboard, AssetDataSet, AssetDataSource, "flow", AssetFolder,
	"space", "template", AssetTheme, "topic", AssetVPCConnection}

// AssetRef names one asset of one Region.
type AssetRef struct {
	Region Region    `json:"region"`
	Type   AssetType `json:"type"`
	ID     string    `json:"id"` // as Asset.ID
}

// ARN is the asset's name at AWS (quick-api 2, 3.3).
func (r AssetRef) ARN(account AccountID) ARN {
	if dataset, id, ok := strings.Cut(r.ID, "/"); ok && r.Type == AssetRefreshSchedule {
		return QuickARN(r.Region, account, "dataset/"+dataset+"/refresh-schedule/"+id)
	}
	return QuickARN(r.Region, account, string(r.Type)+"/"+r.ID)
}

// ParseAssetARN takes an asset's ARN apart; ok is false for any other ARN, such as that of a user.
func ParseAssetARN(arn ARN) (ref AssetRef, account AccountID, ok bool) {
	parts := strings.SplitN(string(arn), ":", 6)
	if len(parts) != 6 || parts[0] != "arn" || parts[2] != "quicksight" {
		return AssetRef{}, "", false
	}
	kind, id, ok := strings.Cut(parts[5], "/")
	if !ok || id == "" {
		return AssetRef{}, "", false
	}
	ref = AssetRef{Region: Region(parts[3]), Type: AssetType(kind), ID: id}
	if dataset, schedule, nested := strings.Cut(id, "/refresh-schedule/"); nested && ref.Type == AssetDataSet {
		ref.Type, ref.ID = AssetRefreshSchedule, dataset+"/"+schedule
	}
	switch ref.Type {
	case "user", "group", "namespace":
		return AssetRef{}, "", false
	}
	return ref, AccountID(parts[4]), true
}
