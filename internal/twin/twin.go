// Package twin composes the simulated services into one twin of AWS. It must not hold behaviour of its own.
package twin

import (
	"time"

	"rehome/internal/estate"
	"rehome/internal/twin/account"
	"rehome/internal/twin/cloudformation"
	"rehome/internal/twin/desktop"
	"rehome/internal/twin/iam"
	"rehome/internal/twin/identitystore"
	"rehome/internal/twin/idp"
	"rehome/internal/twin/kernel"
	"rehome/internal/twin/kms"
	"rehome/internal/twin/organizations"
	"rehome/internal/twin/quickconsole"
	"rehome/internal/twin/quicksight"
	"rehome/internal/twin/s3"
	"rehome/internal/twin/ssoadmin"
	"rehome/internal/twin/sts"
)

// Services are all services of the twin, each made anew.
func Services() []kernel.Service {
	return []kernel.Service{sts.Service(), iam.Service(), organizations.Service(), account.Service(), kms.Service(), ssoadmin.Service(), identitystore.Service(), quicksight.Service(), s3.Service(), cloudformation.Service(), quickconsole.Service(),
		idp.Service(time.Now), desktop.Service(time.Now)}
}

// New starts a twin of a world on a clock; options change what is left of the configuration.
func New(world estate.World, clock kernel.ClockMode, options ...func(*kernel.Config)) (*kernel.Kernel, error) {
	c := kernel.Config{World: world, Services: Services(), Clock: clock}
	for _, o := range options {
		o(&c)
	}
	return kernel.New(c)
}
