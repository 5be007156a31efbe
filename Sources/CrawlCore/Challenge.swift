/// A page for browsers that an edge or a firewall sends in place of the one that was asked for.
///
/// | header | status | of |
/// |---|---|---|
/// | `cf-mitigated` | 202, 403, 405, 503 | Cloudflare: whatever the challenge, the header comes with it |
/// | `x-amzn-waf-action` | 202 (challenge), 405 (CAPTCHA) | AWS WAF |
///
/// At other statuses they tell nothing: a 429 is a wish to be left alone, and a failure of the server is one whatever is
/// written beside it.
enum Challenge {
    static func isOne(_ result: FetchResult) -> Bool {
        switch result.status {
        case 202, 403, 405, 503: break
        default: return false
        }
        guard let details = result.details else { return false }
        if details.cfMitigated != nil { return true }
        return details.wafAction != nil && (result.status == 202 || result.status == 405)
    }
}
