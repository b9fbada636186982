// Package cloud is the only door to AWS, or to a twin that stands in for it. It reaches each account in its own way, keeps AWS's
// quotas, retries what may be retried, tells what every failure means, and answers in the words of package estate.
//
// It must not decide anything: whether a denial matters, what to do after an ambiguous cut and what comes next is the business of
// its callers. No type of the AWS SDK leaves it, and no parameter, token or key leaves it through its log or its errors.
package cloud
