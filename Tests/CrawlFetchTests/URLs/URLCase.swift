import CurlKit
import Testing

/// One line of a table: what is given, and the canonical form or the code of the refusal.
struct URLCase: Sendable, CustomTestStringConvertible {
    enum Form: Equatable, Sendable {
        case url(String)
        case refused(URLRejection.Code)

        init(_ body: () throws(URLRejection) -> CanonicalURL) {
            do throws(URLRejection) {
                self = .url(try body().string)
            } catch {
                self = .refused(error.code)
                #expect(!error.detail.isEmpty)
            }
        }
    }

    var input: [UInt8]
    var form: Form
    var testDescription: String

    init(_ input: String, _ url: String) {
        self.init(input, bytes: Array(input.utf8), url)
    }

    init(_ input: String, refused code: URLRejection.Code = .invalidURL) {
        self.init(input, text: input, refused: code)
    }

    init(_ name: String, bytes: [UInt8], _ url: String) {
        input = bytes
        form = .url(url)
        testDescription = name
    }

    init(_ name: String, text: String, refused code: URLRejection.Code) {
        input = Array(text.utf8)
        form = .refused(code)
        testDescription = name
    }
}
