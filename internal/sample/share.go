package sample

import (
	"cmp"
	"slices"

	"rehome/internal/estate"
)

// part is how many in a hundred assets are of a type.
type part struct {
	kind    estate.AssetType
	percent int
}

// parts are in the order in which a small estate gets the first of each type: none needs what comes after it.
var parts = []part{{estate.AssetDataSource, 6}, {estate.AssetDataSet, 25}, {estate.AssetDashboard, 35}, {estate.AssetAnalysis, 20}, {estate.AssetFolder, 5},
	{estate.AssetRefreshSchedule, 6}, {estate.AssetTheme, 2}}

// perRegion gives the first Region six tenths of n, and each other one less than the one before it.
func perRegion(n, regions int) []int {
	if regions == 1 {
		return []int{max(n, 0)}
	}
	var weights []int
	for i := 1; i < regions; i++ {
		weights = append(weights, 100_000/i)
	}
	others := max(n, 0) * 4 / 10
	return append([]int{max(n, 0) - others}, divide(others, weights)...)
}

// perType shares out the n assets of a Region: one of each type as far as they go, and the rest by percent. Outside of the first Region
// VPC connections come early, for it may be the only other one.
func perType(n int, first, vpc bool) map[estate.AssetType]int {
	all := parts
	switch {
	case !first:
		all = slices.Insert(slices.Clone(parts), 1, part{estate.AssetVPCConnection, 2})
	case vpc:
		all = append(slices.Clone(parts), part{estate.AssetVPCConnection, 1})
	}
	out := map[estate.AssetType]int{}
	var weights []int
	for i, p := range all {
		weights = append(weights, p.percent)
		if i < n {
			out[p.kind] = 1
		}
	}
	for i, more := range divide(n-len(out), weights) {
		out[all[i].kind] += more
	}
	return out
}

// divide shares n out by weight, without a rest: what rounding leaves over goes to the largest fractions, the first of equal ones.
func divide(n int, weights []int) []int {
	sum := 0
	for _, w := range weights {
		sum += w
	}
	out, order, left := make([]int, len(weights)), make([]int, len(weights)), n
	for i, w := range weights {
		out[i], order[i] = n*w/sum, i
		left -= out[i]
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(n*weights[b]%sum, n*weights[a]%sum) })
	for _, i := range order[:left] {
		out[i]++
	}
	return out
}
