import CrawlCore
import CurlKit

extension WebhookAlertSink {
    /// Posts over libcurl: at most 10 s until it is connected, `limit` in all, default 30 s. The address guard is not
    /// asked: the configuration names the receiver, which may well be in the own network. `caFile` nil = the system's.
    package convenience init(url: String, userAgent: String, caFile: String? = nil, limit: Duration = .seconds(30)) {
        var options = EasyOptions()
        options.userAgent = userAgent
        options.caFile = caFile
        options.connectTimeoutMs = 10_000
        options.totalTimeoutMs = Int(clamping: max(1, limit.ms))
        let client = CurlClient(options: options)
        self.init(url: url) { url, body in
            var request = CurlClient.Request(url: url)
            request.method = "POST"
            request.headers = ["Content-Type: application/json"]
            request.body = .bytes(body)
            do {
                return try client.send(request, limit: Self.maxAnswer).response.status
            } catch let error as CurlError {
                // Without the URL: it often holds a secret.
                throw WebhookFault(description: "\(error.message) (\(error.code))")
            }
        }
    }

    /// Bytes of an answer's body that are read; only its status counts.
    private static let maxAnswer = 64 << 10
}

/// Why there was no answer.
private struct WebhookFault: Error, CustomStringConvertible {
    let description: String
}
