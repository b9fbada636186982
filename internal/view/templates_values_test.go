package view

import (
	"rehome/internal/app"
	"rehome/internal/assets"
	"rehome/internal/diag"
	"rehome/internal/estate"
)

// someTemplates are three: one as it should be, one that goes by a bucket and asks for much, one of which AWS exported a part.
func someTemplates(p app.Purpose) *app.TemplatesExported {
	format, why := app.FormatFor(p)
	return &app.TemplatesExported{Format: app.TemplatesFormat, Purpose: p, Recommended: format, Why: why, Account: account, Region: "ap-south-1", To: "us-east-1", Target: estate.TargetAWS, Dir: "/home/ana/templates",
		Risk: app.OwnershipRisk{Name: "cloudformation-owns/111122223333/us-east-1/140-assets", Text: []string{"a stack owns the assets that it made"}},
		Templates: []app.TemplateExported{
			{File: "/home/ana/templates/ap-south-1-001.json", Bytes: 9000, Assets: 40, Stack: "quick-ap-south-1-001", Parameters: []app.TemplateInput{}, Edit: []string{}, Commands: []string{"aws cloudformation create-stack", "aws cloudformation wait stack-create-complete"}},
			{File: "/home/ana/templates/ap-south-1-002.json", Bytes: 90000, Assets: 100, Stack: "quick-ap-south-1-002",
				Parameters: []app.TemplateInput{{Name: "IdentityRegion", Default: "ap-south-1", Value: "us-east-1"}, {Name: "SalesName", Default: "Sales"}, {Name: "WarehouseSecretArn", Required: true, Value: "VALUE-IN-US-EAST-1"}},
				Edit:       []string{"Network: SubnetIds and SecurityGroupIds are those of ap-south-1; give it those of us-east-1"}, Commands: []string{"aws cloudformation deploy"},
				Warnings: []assets.Problem{{ARN: "arn:aws:quicksight:ap-south-1:111122223333:dashboard/sales", Message: "a visual is broken"}}}},
		Left:     []assets.Leftover{{Asset: estate.AssetRef{Region: "ap-south-1", Type: "topic", ID: "web"}, Name: "Web", Travel: assets.Travel{How: assets.ByAPI, Reason: "bundles do not carry topics"}}},
		Findings: []diag.Finding{{Code: "MIG-28", Status: diag.Fail, Severity: diag.Block, Owner: diag.QuickAdmin, Subject: "asset/ap-south-1/dashboard/n003", Title: "AWS would not export dashboard n003 in ap-south-1, and it is in no template", Cause: "it is broken", Fix: "mend it in Quick, then export again"}}}
}

// adviceOnly is the answer to whoever moves once.
func adviceOnly() *app.TemplatesExported {
	t := &app.TemplatesExported{Format: app.TemplatesFormat, Purpose: app.OneTime, Templates: []app.TemplateExported{}, Findings: []diag.Finding{}}
	t.Recommended, t.Why = app.FormatFor(app.OneTime)
	return t
}
