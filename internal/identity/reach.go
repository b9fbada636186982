package identity

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"strings"
	"syscall"

	"rehome/internal/diag"
)

// explain says why no answer came from an address.
func explain(u *url.URL, err error) *fault {
	for _, f := range []func(*url.URL, error) *fault{explainDNS, explainTLS, explainProxy, explainConnect} {
		if out := f(u, err); out != nil {
			if out.code == "" {
				out.code = "DSK-23"
			}
			return out
		}
	}
	return &fault{kind: ofHost, code: "DSK-23", title: u.Host + " cannot be reached", cause: quoted(bare(err).Error()), fix: "look at the address, then at this computer's network"}
}

// bare takes off the wrapping that repeats the address.
func bare(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}

func explainDNS(u *url.URL, err error) *fault {
	var dns *net.DNSError
	if !errors.As(err, &dns) {
		return nil
	}
	host := u.Hostname()
	if !dns.IsNotFound {
		return &fault{kind: ofHost, title: "the name " + host + " could not be looked up", cause: "the name server gave no answer: " + quoted(dns.Err),
			fix: "try again; if it stays, ask the administrator of this network for its name servers"}
	}
	if full := completed(host, u.Path); full != "" {
		return &fault{kind: ofHost, code: "TRB-06", owner: diag.Operator, title: "there is no host " + host, cause: "the Okta domain is incomplete; a browser shows DNS_PROBE_FINISHED_NXDOMAIN",
			fix: "write " + full + " instead of " + host}
	}
	return &fault{kind: ofHost, title: "there is no host " + host + " (NXDOMAIN)",
		cause: "the name is misspelled, its ending is that of another Region of the provider, or it is known inside the company's network only",
		fix:   "copy the address from the provider's discovery document; Amazon Quick has to reach the host from the internet"}
}

func explainTLS(u *url.URL, err error) *fault {
	f := &fault{kind: ofHost, owner: diag.IdPAdmin}
	var (
		name    x509.HostnameError
		unknown x509.UnknownAuthorityError
		invalid x509.CertificateInvalidError
		header  tls.RecordHeaderError
		alert   tls.AlertError
	)
	switch {
	case errors.As(err, &name):
		f.title = "the certificate of " + u.Host + " is for another name"
		f.cause = "it is for " + strings.Join(names(name.Certificate), ", ")
		f.fix = "use the host that the certificate names, if it is the provider's; else a certificate for " + u.Hostname() + " is needed"
	case errors.As(err, &unknown):
		f.title = "the certificate of " + u.Host + " is signed by nobody whom this computer trusts"
		f.cause = "its issuer is " + issuerOf(unknown.Cert, err) + ": a company's proxy that looks into the traffic, a private authority, or a server that does not send its intermediate certificate"
		f.fix = "Amazon Quick trusts public authorities only: the server needs a certificate of one and has to send the whole chain; behind a proxy that looks into the traffic, add the company's authority to this computer's store"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		f.title = "the certificate of " + u.Host + " is not valid at this time"
		f.cause = "valid from " + invalid.Cert.NotBefore.UTC().Format("2006-01-02 15:04") + " to " + invalid.Cert.NotAfter.UTC().Format("2006-01-02 15:04") + " UTC: it has expired or is not valid yet, or this computer's clock is wrong"
		f.fix = "look at this computer's clock first; else the server needs a new certificate"
	case errors.As(err, &invalid):
		f.title, f.cause = "the certificate of "+u.Host+" cannot be used", quoted(invalid.Error())
		f.fix = "the server needs a certificate for servers of a public authority"
	case errors.As(err, &header):
		f.title, f.cause = u.Host+" does not speak TLS on this port", "a server for plain http answers there, or a proxy in between"
		f.fix = "look at the port in the address"
	case errors.As(err, &alert) || strings.Contains(bare(err).Error(), "tls: "):
		f.title, f.cause = "no TLS connection to "+u.Host+" could be agreed on", quoted(bare(err).Error())+": a server with TLS older than 1.2, one that wants a certificate of the client, or one that does not know this name"
		f.fix = "the server has to offer TLS 1.2 or newer and ask for no certificate of the client; Amazon Quick has none"
	default:
		return nil
	}
	return f
}

func names(c *x509.Certificate) []string {
	if c == nil {
		return nil
	}
	if len(c.DNSNames) == 0 {
		return []string{c.Subject.CommonName}
	}
	return c.DNSNames
}

func issuerOf(c *x509.Certificate, err error) string {
	var failed *tls.CertificateVerificationError
	if c == nil && errors.As(err, &failed) && len(failed.UnverifiedCertificates) > 0 {
		c = failed.UnverifiedCertificates[0]
	}
	if c == nil {
		return "unknown"
	}
	return fmt.Sprintf("%q", quoted(c.Issuer.String()))
}

func explainProxy(u *url.URL, err error) *fault {
	var op *net.OpError
	text := bare(err).Error()
	if !(errors.As(err, &op) && op.Op == "proxyconnect") && !strings.Contains(text, "Proxy Authentication Required") {
		return nil
	}
	return &fault{kind: ofHost, owner: diag.Operator, title: "the proxy of this network does not let " + u.Host + " through",
		cause: "HTTPS_PROXY names a proxy that cannot be reached, wants a password (407), or forbids this host",
		fix:   "put user and password into HTTPS_PROXY, or the host into NO_PROXY"}
}

func explainConnect(u *url.URL, err error) *fault {
	f := &fault{kind: ofHost}
	var slow net.Error
	switch {
	case errors.Is(err, errTooLarge):
		f.kind, f.title, f.cause, f.owner = ofAnswer, "the answer of "+u.Host+" is larger than 1 MB", "a document of an identity provider has a few thousand bytes: this is another page, or an attack", diag.IdPAdmin
		f.fix = "open the address in a browser and look what it is; copy it from the discovery document"
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		f.kind, f.title, f.cause = ofAnswer, "the answer of "+u.Host+" broke off", "the connection was closed before the answer was whole"
		f.fix = "try again; if it stays, a proxy or firewall in between cuts it"
	case errors.Is(err, syscall.ECONNREFUSED):
		f.title, f.cause = u.Host+" refuses the connection", "nobody listens on this port"
		f.fix = "look at host and port of the address"
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &slow) && slow.Timeout():
		f.title, f.cause = u.Host+" gave no answer within "+perRequest.String(), "a firewall swallows the packets, or the server hangs"
		f.fix = "try from another network; if HTTPS_PROXY is needed here, set it"
	case errors.Is(err, syscall.ECONNRESET):
		f.title, f.cause = u.Host+" cut the connection", "a firewall that forbids this host often does so"
		f.fix = "try from another network, or ask the administrator of this one"
	default:
		return nil
	}
	return f
}
