import Testing

@testable import CrawlService

/// What a faulty file is told goes to logs and terminals: a password, token or query of it does not.
@Suite struct SecretConfigTests {
    private static let form = "must be an http or https URL, or \"\" for none"
    private static let port = "must have a port from 1 to 65535"
    private static let proxy =
        "entry 1 must be http, https, socks5h://[user[:password]@]host:port, with what is special in name and password"
        + " percent-encoded and no control characters"

    static let table: [(yaml: String, faults: [String])] = [
        // The webhook itself.
        ("alerts:\n  webhook: ftp://u:s3cret@h/s3cret?t=s3cret\n", ["c.yaml:2: alerts.webhook: \(form)"]),
        ("alerts:\n  webhook: hooks.example.com/s3cret\n", ["c.yaml:2: alerts.webhook: \(form)"]),
        ("alerts:\n  webhook: https:///s3cret\n", ["c.yaml:2: alerts.webhook: \(form)"]),
        ("alerts:\n  webhook: https://u:s3cret@/x\n", ["c.yaml:2: alerts.webhook: \(form)"]),
        ("alerts:\n  webhook: \"https://h/s3cret x\"\n", ["c.yaml:2: alerts.webhook: \(form)"]),
        ("alerts:\n  exec: []\n  webhook: https://u:s3cret@h:65536/?t=s3cret\n", ["c.yaml:3: alerts.webhook: \(port)"]),
        ("alerts:\n  webhook: https://h:0/s3cret\n", ["c.yaml:2: alerts.webhook: \(port)"]),
        ("alerts:\n  webhook: https://[::1]:99999999999999999999/s3cret\n", ["c.yaml:2: alerts.webhook: \(port)"]),
        ("alerts:\n  webhook: https://h:s3cret/\n", ["c.yaml:2: alerts.webhook: \(port)"]),
        ("alerts:\n  webhook: https://h:/s3cret\n", ["c.yaml:2: alerts.webhook: \(port)"]),
        ("alerts:\n  webhook: [https://h/s3cret]\n", ["c.yaml:2: alerts.webhook: must be text"]),
        ("alerts:\n  webhook: {s3cret: s3cret}\n", ["c.yaml:2: alerts.webhook: must be text"]),
        // Under another name, in another place.
        (
            "alerts:\n  webhok: hooks.example.com/s3cret\n",
            ["c.yaml:2: alerts.webhok: unknown key, did you mean `webhook`?"]
        ),
        ("alerts:\n  url: hooks.example.com/s3cret\n", ["c.yaml:2: alerts.url: unknown key"]),
        (
            "fetch:\n  webhook: hooks.example.com/s3cret\n",
            ["c.yaml:2: fetch.webhook: unknown key, did you mean `alerts.webhook`?"]
        ),
        (
            "fetch:\n  proxies: [\"http://u:s3cret@p:80\"]\n",
            ["c.yaml:2: fetch.proxies: unknown key"]
        ),
        ("fetch:\n  workers: http://u:s3cret@p:80\n", ["c.yaml:2: fetch.workers: http://…: must be a whole number"]),
        ("- http://u:s3cret@p:80\n", ["c.yaml:1: [http://…: must hold sections such as `fetch:`"]),
        ("http://u:s3cret@p:80\n", ["c.yaml:1: http://…: must hold sections such as `fetch:`"]),
        ("fetch:\n  http://u:s3cret@p:80: 1\n", ["c.yaml:2: fetch.http://…: unknown key"]),
        ("fetch: {proxy: \"user:s3cret@p:3128\"}\n", ["c.yaml:1: fetch.proxy: unknown key"]),
        ("fetch:\n  token: s3cret\n", ["c.yaml:2: fetch.token: unknown key"]),
        (
            "fetch:\n  urls: [u:s3cret@p]\n",
            ["c.yaml:2: fetch.urls: unknown key, did you mean `proxies.urls`?"]
        ),
        // In the place of a section.
        ("alerts: hooks.example.com/T/s3cret\n", ["c.yaml:1: alerts: must be a section of keys"]),
        ("alerts:\n  - hooks.example.com/T/s3cret\n", ["c.yaml:2: alerts: must be a section of keys"]),
        ("fetch: u:s3cret@p:3128\n", ["c.yaml:1: fetch: must be a section of keys"]),
        ("proxies: u:s3cret@p:3128\n", ["c.yaml:1: proxies: must be a section of keys"]),
        // Proxies.
        ("proxies: {urls: [http://u:s3cret@p:65536]}\n", ["c.yaml:1: proxies.urls: \(proxy)"]),
        ("proxies:\n  urls: [http://u:s3cret@p:0]\n", ["c.yaml:2: proxies.urls: \(proxy)"]),
        ("proxies:\n  urls: [http://u:s3cret@p]\n", ["c.yaml:2: proxies.urls: \(proxy)"]),
        ("proxies:\n  ? [http://u:s3cret@p:80]\n  : 1\n", ["c.yaml:2: proxies: must be a plain word, as every key"]),
    ]

    @Test(arguments: table) func tells(yaml: String, faults: [String]) {
        do {
            _ = try Config.parse(yaml, file: "c.yaml")
            Issue.record("taken")
        } catch {
            #expect(error.faults.map(\.description) == faults)
            #expect(!"\(error)".contains("s3cret"))
        }
    }

    static let taken = [
        "https://hooks.example.com", "http://localhost:8080/x?y", "https://u:p@h:65535/", "http://[::1]:1/",
        "http://127.0.0.1",
        "https://h#x",
    ]

    @Test("a webhook in good form is taken as it stands", arguments: taken)
    func takes(_ url: String) throws {
        #expect(try Config.parse("alerts: {webhook: \"\(url)\"}\n", file: "c.yaml").alerts.webhook == url)
    }
}
