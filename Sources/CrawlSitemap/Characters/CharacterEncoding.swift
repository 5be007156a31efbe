/// The encodings of the Encoding Standard (encoding.spec.whatwg.org, "Names and labels"); the raw value is the name that
/// glibc's `iconv` has for what the standard decodes by it. Only these names ever reach `iconv_open`: what a document
/// says of itself is looked up here first.
///
/// Not among them: `replacement` and `x-user-defined`, by which nothing can be read.
enum CharacterEncoding: String, CaseIterable, Sendable {
    case utf8 = "UTF-8"
    case utf16BE = "UTF-16BE"
    case utf16LE = "UTF-16LE"
    case ibm866 = "CP866"
    case iso8859_2 = "ISO-8859-2"
    case iso8859_3 = "ISO-8859-3"
    case iso8859_4 = "ISO-8859-4"
    case iso8859_5 = "ISO-8859-5"
    case iso8859_6 = "ISO-8859-6"
    case iso8859_7 = "ISO-8859-7"
    /// Also ISO-8859-8-I, which differs in the direction of reading only.
    case iso8859_8 = "ISO-8859-8"
    case iso8859_10 = "ISO-8859-10"
    case iso8859_13 = "ISO-8859-13"
    case iso8859_14 = "ISO-8859-14"
    case iso8859_15 = "ISO-8859-15"
    case iso8859_16 = "ISO-8859-16"
    case koi8R = "KOI8-R"
    case koi8U = "KOI8-U"
    case macintosh = "MACINTOSH"
    case macCyrillic = "MAC-UK"
    case windows874 = "CP874"
    case windows1250 = "CP1250"
    case windows1251 = "CP1251"
    /// Also what calls itself ISO-8859-1 or US-ASCII.
    case windows1252 = "CP1252"
    case windows1253 = "CP1253"
    case windows1254 = "CP1254"
    case windows1255 = "CP1255"
    case windows1256 = "CP1256"
    case windows1257 = "CP1257"
    case windows1258 = "CP1258"
    /// Also GBK and GB2312, parts of it.
    case gb18030 = "GB18030"
    case big5 = "BIG5-HKSCS"
    /// By glibc's `EUC-JP` the characters that NEC and IBM added would be false.
    case eucJP = "EUC-JP-MS"
    /// glibc does not have those in this one (as 2D 21), in which few have them.
    case iso2022JP = "ISO-2022-JP"
    case shiftJIS = "CP932"
    case eucKR = "CP949"

    /// By what a document or its Content-Type calls it: case and blanks around it make no difference. nil = not known.
    init?(label: some Sequence<UInt8>) {
        let name = String(decoding: Blanks.trimmed(Array(label)), as: UTF8.self).lowercased()
        guard let encoding = Self.byLabel[name] else { return nil }
        self = encoding
    }

    /// Two bytes make a unit.
    var isUTF16: Bool { self == .utf16BE || self == .utf16LE }

    /// Every byte is a character of its own: it is read by a `SingleByteTable`.
    var isSingleByte: Bool {
        switch self {
        case .utf8, .utf16BE, .utf16LE, .gb18030, .big5, .eucJP, .iso2022JP, .shiftJIS, .eucKR: false
        default: true
        }
    }

    private static let byLabel: [String: CharacterEncoding] = {
        var found: [String: CharacterEncoding] = [:]
        for (encoding, labels) in labels {
            for label in labels.split(separator: " ") { found[String(label)] = encoding }
        }
        return found
    }()

    private static let labels: [(CharacterEncoding, String)] = [
        (.utf8, "unicode-1-1-utf-8 unicode11utf8 unicode20utf8 utf-8 utf8 x-unicode20utf8"),
        (.utf16BE, "unicodefffe utf-16be"),
        (.utf16LE, "csunicode iso-10646-ucs-2 ucs-2 unicode unicodefeff utf-16 utf-16le"),
        (.ibm866, "866 cp866 csibm866 ibm866"),
        (.iso8859_2, latin(2, "1987", "csisolatin2 iso-ir-101 l2 latin2")),
        (.iso8859_3, latin(3, "1988", "csisolatin3 iso-ir-109 l3 latin3")),
        (.iso8859_4, latin(4, "1988", "csisolatin4 iso-ir-110 l4 latin4")),
        (.iso8859_5, latin(5, "1988", "csisolatincyrillic cyrillic iso-ir-144")),
        (
            .iso8859_6,
            latin(
                6, "1987",
                "arabic asmo-708 csiso88596e csiso88596i csisolatinarabic ecma-114 iso-8859-6-e iso-8859-6-i iso-ir-127"
            )
        ),
        (.iso8859_7, latin(7, "1987", "csisolatingreek ecma-118 elot_928 greek greek8 iso-ir-126 sun_eu_greek")),
        (
            .iso8859_8,
            latin(
                8, "1988",
                "csiso88598e csiso88598i csisolatinhebrew hebrew iso-8859-8-e iso-8859-8-i iso-ir-138 logical visual")
        ),
        (.iso8859_10, "csisolatin6 iso-8859-10 iso-ir-157 iso8859-10 iso885910 l6 latin6"),
        (.iso8859_13, "iso-8859-13 iso8859-13 iso885913"),
        (.iso8859_14, "iso-8859-14 iso8859-14 iso885914"),
        (.iso8859_15, "csisolatin9 iso-8859-15 iso8859-15 iso885915 iso_8859-15 l9"),
        (.iso8859_16, "iso-8859-16"),
        (.koi8R, "cskoi8r koi koi8 koi8-r koi8_r"),
        (.koi8U, "koi8-ru koi8-u"),
        (.macintosh, "csmacintosh mac macintosh x-mac-roman"),
        (.macCyrillic, "x-mac-cyrillic x-mac-ukrainian"),
        (.windows874, "dos-874 iso-8859-11 iso8859-11 iso885911 tis-620 windows-874"),
        (.windows1250, windows(1250)),
        (.windows1251, windows(1251)),
        (
            .windows1252,
            windows(1252)
                + latin(1, "1987", "ansi_x3.4-1968 ascii cp819 csisolatin1 ibm819 iso-ir-100 l1 latin1 us-ascii")
        ),
        (.windows1253, windows(1253)),
        (.windows1254, windows(1254) + latin(9, "1989", "csisolatin5 iso-ir-148 l5 latin5")),
        (.windows1255, windows(1255)),
        (.windows1256, windows(1256)),
        (.windows1257, windows(1257)),
        (.windows1258, windows(1258)),
        (
            .gb18030,
            "gb18030 chinese csgb2312 csiso58gb231280 gb2312 gb_2312 gb_2312-80 gbk iso-ir-58 x-gbk"
        ),
        (.big5, "big5 big5-hkscs cn-big5 csbig5 x-x-big5"),
        (.eucJP, "cseucpkdfmtjapanese euc-jp x-euc-jp"),
        (.iso2022JP, "csiso2022jp iso-2022-jp"),
        (.shiftJIS, "csshiftjis ms932 ms_kanji shift-jis shift_jis sjis windows-31j x-sjis"),
        (
            .eucKR,
            "cseuckr csksc56011987 euc-kr iso-ir-149 korean ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601 windows-949"
        ),
    ]

    private static func windows(_ number: Int) -> String { "cp\(number) windows-\(number) x-cp\(number) " }

    private static func latin(_ part: Int, _ year: String, _ others: String) -> String {
        "iso-8859-\(part) iso8859-\(part) iso8859\(part) iso_8859-\(part) iso_8859-\(part):\(year) " + others
    }
}
