/// What an archive is written by; the values that are not given are the configuration's defaults.
package struct ArchiveSettings: Sendable {
    package var folder: String
    /// Begins the names of files.
    package var prefix = "crawld"
    /// Ends the names of files: who has crawled.
    package var host: String
    package var coding = RecordCoding.gzip(level: 6)
    package var digest = DigestAlgorithm.sha1
    package var secrets = SecretsRule.redact
    /// Bytes. A file is closed before an exchange that would make it larger; one that holds a single exchange may be.
    package var maxFile: Int64 = 1 << 30
    package var maxAge = Duration.seconds(3600)
    /// Bytes that the disk is left with at least.
    package var minFree: Int64 = 1 << 30
    /// Bytes that the spool holds at most.
    package var maxSpool: Int64 = 64 << 30
    /// What `warcinfo` says, a line each; `format` and `conformsTo` come by themselves.
    package var info: [Field] = []

    package struct Field: Sendable, Hashable {
        package var name: String
        package var value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    package init(folder: String, host: String) {
        self.folder = folder
        self.host = host
    }

    package var maker: RecordMaker.Settings { .init(coding: coding, digest: digest, secrets: secrets) }
}
