package cloud

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/config"

	"rehome/internal/diag"
)

// loginFor finds the commands that give an account fresh credentials, by where the SDK would look for them.
func loginFor(ctx context.Context, access Access) []string {
	env, err := config.NewEnvConfig()
	if err == nil && access.Profile == "" && env.Credentials.HasKeys() {
		return []string{"export a fresh AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN; the ones in the environment are used now"}
	}
	name := access.Profile
	if name == "" {
		name = env.SharedConfigProfile
	}
	shared, err := config.LoadSharedConfigProfile(ctx, orDefault(name), func(o *config.LoadSharedConfigOptions) {
		if env.SharedConfigFile != "" {
			o.ConfigFiles = []string{env.SharedConfigFile}
		}
		if env.SharedCredentialsFile != "" {
			o.CredentialsFiles = []string{env.SharedCredentialsFile}
		}
	})
	if err == nil {
		for p := &shared; p != nil; p = p.Source {
			switch {
			case p.MFASerial != "":
				return mfa(p.Profile)
			case p.SSOSessionName != "" || p.SSOStartURL != "":
				return []string{"aws sso login --profile " + p.Profile}
			case p.LoginSession != "":
				return []string{"aws login --profile " + p.Profile}
			}
		}
	}
	if name != "" {
		return []string{fmt.Sprintf("aws sts get-caller-identity --profile %s   (it must succeed; its own message says what is missing)", name)}
	}
	return []string{"aws sso login --profile NAME   (then name that profile in the spec, or export AWS_PROFILE=NAME)"}
}

func orDefault(profile string) string {
	if profile == "" {
		return "default"
	}
	return profile
}

// mfa hands the AWS CLI's MFA session over: the CLI asks for the code and keeps the session; a second profile reads it from there.
// The SDK for Go neither asks nor reads the CLI's sessions.
func mfa(profile string) []string {
	return []string{
		fmt.Sprintf("aws sts get-caller-identity --profile %s   (it asks for the MFA code and keeps the session)", profile),
		fmt.Sprintf("aws configure set credential_process 'aws configure export-credentials --profile %s' --profile %s-mfa   (once)", profile, profile),
		fmt.Sprintf("name %s-mfa as this account's profile in the spec, or export AWS_PROFILE=%s-mfa", profile, profile),
	}
}

// loadFault explains why an account's configuration could not be read. Texts of the configuration files may hold keys and are not
// repeated.
func (a *account) loadFault(err error) error {
	if _, ok := errors.AsType[config.AssumeRoleTokenProviderNotSetError](err); ok {
		return &Error{Account: a.access.Account, Region: globalRegion, Service: securityTokens.id, Operation: "AssumeRole", Kind: Expired,
			Message: "the profile's role wants an MFA code", login: a.login}
	}
	e := &diag.Error{Code: "cloud/configuration", What: "the AWS configuration cannot be used", Where: "account " + string(a.access.Account), Exit: diag.ExitUsage,
		Fix: []string{"aws configure list   (shows which files and variables are read)"}}
	if missing, ok := errors.AsType[config.SharedConfigProfileNotExistError](err); ok {
		e.Code, e.Why = "cloud/no-profile", fmt.Sprintf("there is no profile %q", missing.Profile)
		e.Fix = []string{"aws configure list-profiles   (shows the names)", "name one of them in the spec, or unset AWS_PROFILE"}
		return e
	}
	if _, ok := errors.AsType[config.SharedConfigLoadError](err); ok {
		e.Why = "a shared configuration file cannot be read"
		return e
	}
	e.Why = err.Error()
	return e
}
