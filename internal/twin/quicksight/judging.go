package quicksight

import (
	"errors"
	"slices"
	"strings"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

// judge finds what is wrong with one entry, and what the asset will be.
func (p *placing) judge(e *placed) error {
	for _, ref := range allReferences(e.content) {
		if p.byRef[ref.AssetRef] != nil && ref.account == p.r.Account {
			continue
		}
		if _, ok := p.r.Assets().Get(ref.Type, ref.ID); !ok || ref.account != p.r.Account || ref.Region != p.r.Region {
			p.refuse(e, notFound("The resource %s is neither in the asset bundle nor in this account and Region.", ref.ARN(ref.account)))
		}
	}
	switch e.kind.kind {
	case estate.AssetVPCConnection:
		p.judgeNetwork(e)
	case estate.AssetRefreshSchedule:
		if err := p.judgeSchedule(e); err != nil {
			return err
		}
	}
	e.after = estate.Asset{Type: e.kind.kind, ID: e.id, Name: text(e.content, "name"), Updated: p.r.Now(),
		Permissions: e.before.Permissions, Tags: e.before.Tags, Folders: slices.Clone(e.before.Folders)}
	if e.kind.kind == estate.AssetRefreshSchedule {
		_, e.after.Name, _ = strings.Cut(e.id, "/")
	}
	if err := p.grant(e); err != nil {
		return err
	}
	p.tag(e)
	p.fold(e)
	return nil
}

// judgeNetwork: a VPC connection of another account or Region needs the subnets and security groups of this one (quick-api 3.4). A bundle
// that does not tell where it was made counts as one from elsewhere, unless the connection exists here (INFERRED).
func (p *placing) judgeNetwork(e *placed) {
	one, _ := p.of.parameters(e.asBundled)
	if p.foreign && !e.there && (len(listOf(one, "SubnetIds")) == 0 || len(listOf(one, "SecurityGroupIds")) == 0) {
		p.refuse(e, invalid("SubnetIds and SecurityGroupIds are required for the VPC connection %s, which comes from another account or Region.", e.id))
	}
}

// judgeSchedule finds the dataset in the bundle, else in the account.
func (p *placing) judgeSchedule(e *placed) error {
	dataSet, _, _ := strings.Cut(e.id, "/")
	of := p.byRef[estate.AssetRef{Region: p.r.Region, Type: estate.AssetDataSet, ID: dataSet}]
	var all content
	if of != nil {
		all = of.content
	} else {
		a, ok := p.r.Assets().Get(estate.AssetDataSet, dataSet)
		if !ok {
			p.refuse(e, dataSets.missing(dataSet).(*kernel.Error))
			return nil
		}
		var err error
		if all, err = contentOf(p.r, a); err != nil {
			return p.own(e, err)
		}
	}
	var had content
	if e.there {
		c, err := contentOf(p.r, e.before)
		if err != nil {
			return p.own(e, err)
		}
		had = scheduleOf(c)
	}
	count := len(p.r.Assets().Below(estate.AssetRefreshSchedule, dataSet+"/"))
	for _, other := range p.placed {
		if other.kind.kind == estate.AssetRefreshSchedule && !other.there && strings.HasPrefix(other.id, dataSet+"/") {
			count++
		}
	}
	if count > mostSchedules {
		p.refuse(e, limitExceeded("A dataset can have %d refresh schedules at most.", mostSchedules))
	}
	if err := checkSchedule(p.r, all, scheduleOf(e.content), had); err != nil {
		return p.own(e, err)
	}
	return nil
}

// own makes an error of a call one of the entry; anything else is a failure of the twin.
func (p *placing) own(e *placed, err error) error {
	var why *kernel.Error
	if !errors.As(err, &why) {
		return err
	}
	p.refuse(e, why)
	return nil
}

// grant settles the permissions: those of the overrides, else those of the bundle, else those that are there, else the caller's own.
// Principals of the bundle that do not exist here are left out with a warning, those of an override are an error (both INFERRED).
func (p *placing) grant(e *placed) error {
	bundled, wanted := grantsIn(e.content), p.of.grants(e.asBundled)
	if link := object(e.content, "linkSharingConfiguration"); link != nil {
		known, err := p.known(e, grantsIn(link))
		if err != nil {
			return p.own(e, err)
		}
		setMember(link, "Permissions", bundledGrants(known))
	}
	if len(wanted) == 0 {
		known, err := p.known(e, bundled)
		if err != nil {
			return p.own(e, err)
		}
		for _, g := range known {
			wanted = append(wanted, permission(g))
		}
	} else {
		for _, w := range wanted {
			if err := p.who.check(w.Principal); err != nil {
				return p.own(e, err)
			}
		}
	}
	if len(wanted) == 0 && len(bundled) == 0 && !e.there && p.of.Owner != "" && owners(e.kind.kind) != nil {
		wanted = []permission{{Principal: p.of.Owner, Actions: owners(e.kind.kind)}}
	}
	if len(wanted) == 0 {
		return nil
	}
	grants, err := granted(e.kind.kind, nil, nil, wanted)
	if err != nil {
		return p.own(e, err)
	}
	e.after.Permissions = grants
	return nil
}

// known are those of the bundle's grants whose principals exist here; the others are warned of.
func (p *placing) known(e *placed, grants []estate.AssetGrant) ([]estate.AssetGrant, error) {
	var out []estate.AssetGrant
	for _, g := range grants {
		ok, err := p.who.exists(g.Principal)
		if err != nil {
			return nil, err
		}
		if !ok {
			p.warn(p.name(e), "The principal "+string(g.Principal)+" does not exist; it was not granted any permissions.")
			continue
		}
		out = append(out, g)
	}
	return out, nil
}

// tag adds the bundle's tags, and those of the overrides on top, to the ones that are there (INFERRED).
func (p *placing) tag(e *placed) {
	list := append(tagsIn(e.content), p.of.tags(e.asBundled)...)
	if len(list) == 0 {
		return
	}
	tags, err := tagged(e.before.Tags, list)
	if err != nil {
		p.own(e, err) //nolint:errcheck // it is always an error of a call
		return
	}
	e.after.Tags = tags
}

// fold puts the asset into the folders that the bundle names, and leaves it in those that it is in. The folders' references have been
// judged with all others.
func (p *placing) fold(e *placed) {
	collect(member(e.content, "folderMemberships"), func(s string) {
		if ref, _, ok := assetOf(s); ok && ref.Type == estate.AssetFolder && !slices.Contains(e.after.Folders, ref.ID) {
			e.after.Folders = append(e.after.Folders, ref.ID)
		}
	})
	slices.Sort(e.after.Folders)
}
