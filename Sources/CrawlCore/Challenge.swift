/// A page for browsers that an edge or a firewall sends in place of the one that was asked for.
///
/// | header | status | of |
/// |---|---|---|
/// | `cf-mitigated` | 202, 400 and more | Cloudflare: whatever the challenge, the header comes with it |
/// | `x-amzn-waf-action` | 202 (challenge), 405 (CAPTCHA) | AWS WAF |
enum Challenge {
    static func isOne(_ result: FetchResult) -> Bool {
        guard result.status == 202 || result.status >= 400, let details = result.details else { return false }
        if details.cfMitigated != nil { return true }
        return details.wafAction != nil && (result.status == 202 || result.status == 405)
    }
}
