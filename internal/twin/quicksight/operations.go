package quicksight

import "rehome/internal/twin/kernel"

// assetHandlers are the operations on single assets and on bundles of them. All are authorized as quicksight:Operation on any resource;
// the further rights on single assets that AWS asks for, such as PassDataSet, are not modelled (quick-api 4.1).
func assetHandlers() map[string]kernel.Handler {
	return map[string]kernel.Handler{
		"CreateDataSource":              create(dataSources),
		"DescribeDataSource":            describeDataSource,
		"UpdateDataSource":              update(dataSources),
		"DeleteDataSource":              remove(dataSources),
		"DescribeDataSourcePermissions": describePermissions(dataSources),
		"UpdateDataSourcePermissions":   updatePermissions(dataSources),

		"CreateDataSet":                    create(dataSets),
		"DescribeDataSet":                  describeDataSet,
		"UpdateDataSet":                    update(dataSets),
		"DeleteDataSet":                    remove(dataSets),
		"DescribeDataSetPermissions":       describePermissions(dataSets),
		"UpdateDataSetPermissions":         updatePermissions(dataSets),
		"PutDataSetRefreshProperties":      putRefreshProperties,
		"DescribeDataSetRefreshProperties": describeRefreshProperties,
		"DeleteDataSetRefreshProperties":   deleteRefreshProperties,
		"CreateRefreshSchedule":            createRefreshSchedule,
		"DescribeRefreshSchedule":          describeRefreshSchedule,
		"ListRefreshSchedules":             listRefreshSchedules,
		"UpdateRefreshSchedule":            updateRefreshSchedule,
		"DeleteRefreshSchedule":            deleteRefreshSchedule,
		"CreateIngestion":                  createIngestion,
		"DescribeIngestion":                describeIngestion,
		"ListIngestions":                   listIngestions,

		"CreateAnalysis":              create(analyses),
		"DescribeAnalysis":            describeAnalysis,
		"DescribeAnalysisDefinition":  describeAnalysisDefinition,
		"UpdateAnalysis":              update(analyses),
		"DeleteAnalysis":              deleteAnalysis,
		"RestoreAnalysis":             restoreAnalysis,
		"DescribeAnalysisPermissions": describePermissions(analyses),
		"UpdateAnalysisPermissions":   updatePermissions(analyses),

		"CreateDashboard":                 create(dashboards),
		"DescribeDashboard":               describeDashboard,
		"DescribeDashboardDefinition":     describeDashboardDefinition,
		"ListDashboardVersions":           listDashboardVersions,
		"UpdateDashboard":                 updateDashboard,
		"UpdateDashboardPublishedVersion": updateDashboardPublishedVersion,
		"UpdateDashboardLinks":            updateDashboardLinks,
		"DeleteDashboard":                 deleteDashboard,
		"DescribeDashboardPermissions":    describePermissions(dashboards),
		"UpdateDashboardPermissions":      updatePermissions(dashboards),

		"CreateTheme":              create(themes),
		"DescribeTheme":            describeTheme,
		"UpdateTheme":              update(themes),
		"DeleteTheme":              remove(themes),
		"DescribeThemePermissions": describePermissions(themes),
		"UpdateThemePermissions":   updatePermissions(themes),

		"CreateFolder":                      create(assetFolders),
		"DescribeFolder":                    describeFolder,
		"UpdateFolder":                      update(assetFolders),
		"DeleteFolder":                      remove(assetFolders),
		"ListFolderMembers":                 listFolderMembers,
		"CreateFolderMembership":            createFolderMembership,
		"DeleteFolderMembership":            deleteFolderMembership,
		"ListFoldersForResource":            listFoldersForResource,
		"DescribeFolderPermissions":         describePermissions(assetFolders),
		"UpdateFolderPermissions":           updatePermissions(assetFolders),
		"DescribeFolderResolvedPermissions": describeFolderResolvedPermissions,

		"CreateVPCConnection":   create(vpcConnections),
		"DescribeVPCConnection": describeVPCConnection,
		"UpdateVPCConnection":   update(vpcConnections),
		"DeleteVPCConnection":   remove(vpcConnections),

		"ListTagsForResource": listTagsForResource,
		"TagResource":         tagResource,
		"UntagResource":       untagResource,

		"StartAssetBundleExportJob":    startAssetBundleExportJob,
		"DescribeAssetBundleExportJob": describeAssetBundleExportJob,
		"ListAssetBundleExportJobs":    listAssetBundleExportJobs,
		"StartAssetBundleImportJob":    startAssetBundleImportJob,
		"DescribeAssetBundleImportJob": describeAssetBundleImportJob,
		"ListAssetBundleImportJobs":    listAssetBundleImportJobs,
	}
}
