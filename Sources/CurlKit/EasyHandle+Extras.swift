internal import CCurl

extension EasyHandle {
    /// Where the last answer's Location leads, absolute (`CURLINFO_REDIRECT_URL`); nil = there was none, it cannot be
    /// resolved against the request's URL, or the result is longer than `limit` bytes.
    package func redirectTarget(limit: Int) -> String? {
        guard let target = text(CURLINFO_REDIRECT_URL) else { return nil }
        // Without following, libcurl 7.88 hands back as it came what it cannot parse at once: a relative Location with
        // a space or an unknown scheme's opaque part.
        let absolute = target.isAbsolute ? target.string : text(CURLINFO_EFFECTIVE_URL)?.resolving(target)
        guard let absolute, absolute.utf8.count <= limit else { return nil }
        return absolute
    }

    private func text(_ info: CURLINFO) -> InfoText? {
        var text: UnsafeMutablePointer<CChar>?
        guard crawld_getinfo_string(raw, info, &text) == CURLE_OK, let text else { return nil }
        return InfoText(pointer: text)
    }
}

/// A string that belongs to a handle, good until its next request.
private struct InfoText {
    let pointer: UnsafeMutablePointer<CChar>

    var string: String { String(cString: pointer) }

    /// It begins with a scheme (RFC 3986 §3.1).
    var isAbsolute: Bool {
        var i = 0
        while isSchemeByte(UInt8(bitPattern: pointer[i])) { i += 1 }
        return i > 0 && pointer[i] == CChar(bitPattern: UInt8(ascii: ":"))
    }

    /// `reference` as seen from this URL (RFC 3986 §5); nil if libcurl cannot make a URL of it.
    func resolving(_ reference: InfoText) -> String? {
        guard let url = curl_url() else { return nil }
        defer { curl_url_cleanup(url) }
        var whole: UnsafeMutablePointer<CChar>?
        guard curl_url_set(url, CURLUPART_URL, pointer, 0) == CURLUE_OK,
            curl_url_set(url, CURLUPART_URL, reference.pointer, UInt32(CURLU_URLENCODE | CURLU_ALLOW_SPACE))
                == CURLUE_OK, curl_url_get(url, CURLUPART_URL, &whole, 0) == CURLUE_OK, let whole
        else { return nil }
        defer { curl_free(whole) }
        return String(cString: whole)
    }

    private func isSchemeByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
            true
        default: false
        }
    }
}
