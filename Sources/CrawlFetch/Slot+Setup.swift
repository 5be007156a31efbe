internal import CrawlCore
internal import CurlKit

extension UnsafeMutablePointer<Slot> {
    /// A slot whose handle is set up for good; nil if libcurl has no room for one.
    static func make(_ limits: FetchLimits) -> UnsafeMutablePointer<Slot>? {
        var options = EasyOptions()
        options.userAgent = limits.userAgent
        options.connectTimeoutMs = Int(limits.connectTimeout.ms)
        options.totalTimeoutMs = Int(limits.totalTimeout.ms)
        options.http2 = limits.http2
        options.caFile = limits.caFile
        guard let easy = try? EasyHandle(options) else { return nil }
        let slot = UnsafeMutablePointer<Slot>.allocate(capacity: 1)
        let addressGuard = AddressGuard(allowing: limits.allowAddresses)
        slot.initialize(to: Slot(easy: easy, addressGuard: addressGuard, limits: limits))
        do {
            try easy.setCallbacks(context: slot, onHeader: receiveHeader, onBody: receiveBody)
            try easy.setAddressCheck(context: slot, allowsAddress)
            return slot
        } catch {
            slot.pointee.free()
            slot.deinitialize(count: 1)
            slot.deallocate()
            return nil
        }
    }
}
