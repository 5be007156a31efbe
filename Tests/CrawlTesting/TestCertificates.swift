internal import Foundation

/// Certificates for tests, made with the `openssl` command once a process in a temporary folder: a CA of their own, and
/// leaves for `localhost`, 127.0.0.1 and names below `domain` that have one thing wrong each.
package struct TestCertificates: Sendable {
    package enum Kind: String, Sendable, CaseIterable {
        case good
        case selfSigned
        case expired
        case wrongName
    }

    package struct Files: Sendable {
        package var certificate: String
        package var key: String
    }

    /// Names below it are those of `good` too.
    package static let domain = "one-address.test"

    package static let shared = Result { try TestCertificates() }

    /// PEM file of the CA that signed all but `selfSigned`.
    package let caFile: String
    private let folder: String

    package func files(_ kind: Kind) -> Files {
        Files(certificate: "\(folder)/\(kind.rawValue).pem", key: "\(folder)/\(kind.rawValue).key")
    }

    private init() throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("crawld-certificates-\(getpid())")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        folder = url.path
        caFile = "\(folder)/ca.pem"
        try openssl(newKey("ca") + ["-x509", "-days", "2", "-subj", "/CN=crawld test CA", "-out", caFile])
        let names = "subjectAltName=DNS:localhost,DNS:*.\(Self.domain),IP:127.0.0.1"
        let own = files(.selfSigned)
        try openssl(
            newKey("selfSigned") + [
                "-x509", "-days", "2", "-subj", "/CN=localhost", "-addext", names, "-out", own.certificate,
            ])
        try sign(.good, names: names, days: 2)
        try sign(.expired, names: names, days: -1)
        try sign(.wrongName, names: "subjectAltName=DNS:elsewhere.test", days: 2)
    }

    private func newKey(_ name: String) -> [String] {
        [
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout",
            "\(folder)/\(name).key",
        ]
    }

    private func sign(_ kind: Kind, names: String, days: Int) throws {
        let request = "\(folder)/\(kind.rawValue).csr"
        try openssl(newKey(kind.rawValue) + ["-subj", "/CN=localhost", "-addext", names, "-out", request])
        try openssl([
            "x509", "-req", "-in", request, "-CA", caFile, "-CAkey", "\(folder)/ca.key", "-CAcreateserial",
            "-days", "\(days)", "-copy_extensions", "copy", "-out", files(kind).certificate,
        ])
    }

    private func openssl(_ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        process.arguments = arguments
        process.standardError = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure(arguments: arguments) }
    }

    package struct Failure: Error {
        package var arguments: [String]
    }
}
