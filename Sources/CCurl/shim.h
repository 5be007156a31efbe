#pragma once

// What Swift cannot call by itself: libcurl's variadic functions, its callback types, epoll (not in the Glibc module)
// and two C library calls that are macros. Nothing here decides anything.

#define CURL_DISABLE_TYPECHECK 1
#include <curl/curl.h>
#include <locale.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>

static inline CURLcode crawld_setopt_long(CURL *easy, CURLoption option, long value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode crawld_setopt_offset(CURL *easy, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode crawld_setopt_pointer(CURL *easy, CURLoption option, void *value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode crawld_setopt_string(CURL *easy, CURLoption option, const char *value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode crawld_setopt_list(CURL *easy, CURLoption option, struct curl_slist *value) {
    return curl_easy_setopt(easy, option, value);
}

// Called when a connection stands and the request is about to be sent over it (CURLOPT_PREREQFUNCTION).
typedef int (*crawld_send_notice)(void *context, char *remote_ip, char *local_ip, int remote_port, int local_port);

static inline CURLcode crawld_setopt_send_notice(CURL *easy, void *context, crawld_send_notice notice) {
    CURLcode code = curl_easy_setopt(easy, CURLOPT_PREREQDATA, context);
    return code ? code : curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, notice);
}

// OpenSSL's; absent if libcurl was built on another TLS library.
extern void SSL_get0_alpn_selected(const void *ssl, const unsigned char **name, unsigned int *length)
    __attribute__((weak));

// 1 if the connection that `easy` has right now agreed on HTTP/2 in its TLS handshake; 0 also if that cannot be told.
// libcurl itself says so only once an answer has begun.
static inline int crawld_agreed_on_http2(CURL *easy) {
    struct curl_tlssessioninfo *session = NULL;
    if (!SSL_get0_alpn_selected || curl_easy_getinfo(easy, CURLINFO_TLS_SSL_PTR, &session) != CURLE_OK) return 0;
    if (!session || session->backend != CURLSSLBACKEND_OPENSSL || !session->internals) return 0;
    const unsigned char *name = NULL;
    unsigned int length = 0;
    SSL_get0_alpn_selected(session->internals, &name, &length);
    return length == 2 && name[0] == 'h' && name[1] == '2';
}

// OpenSSL's, as above.
extern int SSL_version(const void *ssl) __attribute__((weak));

// The number of the TLS version that the connection of `easy` speaks right now; 0 = it cannot be told, or there is none.
static inline int crawld_tls_version(CURL *easy) {
    struct curl_tlssessioninfo *session = NULL;
    if (!SSL_version || curl_easy_getinfo(easy, CURLINFO_TLS_SSL_PTR, &session) != CURLE_OK) return 0;
    if (!session || session->backend != CURLSSLBACKEND_OPENSSL || !session->internals) return 0;
    return SSL_version(session->internals);
}

// `kind` is a curl_infotype, which is no other type to a caller in C.
typedef int (*crawld_tap)(CURL *easy, unsigned kind, char *bytes, size_t count, void *context);

// Shows what libcurl sends, from when CURLOPT_VERBOSE is set.
static inline CURLcode crawld_setopt_tap(CURL *easy, crawld_tap tap) {
    return curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, tap);
}

// Write, header and read callbacks share this type.
typedef size_t (*crawld_data_callback)(char *bytes, size_t size, size_t count, void *context);

static inline CURLcode crawld_setopt_data_callback(CURL *easy, CURLoption option, crawld_data_callback callback) {
    return curl_easy_setopt(easy, option, callback);
}

static inline CURLcode crawld_getinfo_long(CURL *easy, CURLINFO info, long *value) {
    return curl_easy_getinfo(easy, info, value);
}

static inline CURLcode crawld_getinfo_offset(CURL *easy, CURLINFO info, curl_off_t *value) {
    return curl_easy_getinfo(easy, info, value);
}

static inline CURLcode crawld_getinfo_string(CURL *easy, CURLINFO info, char **value) {
    return curl_easy_getinfo(easy, info, value);
}

static inline CURLcode crawld_getinfo_pointer(CURL *easy, CURLINFO info, void **value) {
    return curl_easy_getinfo(easy, info, value);
}

// Makes the socket for a new connection to an address, whose `bytes` are 4 or 16 in network order; CURL_SOCKET_BAD = there
// will be none.
typedef int (*crawld_socket_maker)(void *context, int is_v6, const unsigned char *bytes, int family, int type,
                                   int protocol);

struct crawld_socket_gate {
    crawld_socket_maker make;
    void *context;
};

static inline curl_socket_t crawld_open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address) {
    struct crawld_socket_gate *gate = context;
    (void)purpose;
    const unsigned char *bytes = NULL;
    if (address->family == AF_INET) {
        bytes = (const unsigned char *)&((struct sockaddr_in *)&address->addr)->sin_addr;
    } else if (address->family == AF_INET6) {
        // libcurl makes room for an IPv6 address behind `addr`.
        bytes = (const unsigned char *)&((struct sockaddr_in6 *)(void *)&address->addr)->sin6_addr;
    }
    if (!bytes) return CURL_SOCKET_BAD;
    return gate->make(gate->context, address->family == AF_INET6, bytes, address->family,
                      address->socktype | SOCK_CLOEXEC, address->protocol);
}

// `gate` must live as long as the handle.
static inline CURLcode crawld_setopt_gate(CURL *easy, struct crawld_socket_gate *gate) {
    CURLcode code = curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, gate);
    return code ? code : curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, crawld_open_socket);
}

// `context` must live as long as every connection that the handle makes: they outlive it.
static inline CURLcode crawld_setopt_closer(CURL *easy, void *context, int (*close)(void *context, curl_socket_t)) {
    CURLcode code = curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, context);
    return code ? code : curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, close);
}

// `tick` is called while a request goes on, at least once a second: not 0 ends it (CURLE_ABORTED_BY_CALLBACK).
static inline CURLcode crawld_setopt_tick(
    CURL *easy, void *context,
    int (*tick)(void *context, curl_off_t total, curl_off_t now, curl_off_t up_total, curl_off_t up_now)) {
    CURLcode code = curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
    if (!code) code = curl_easy_setopt(easy, CURLOPT_XFERINFODATA, context);
    return code ? code : curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, tick);
}

// What the callbacks of `easy` are given: `gate` that for new sockets, `context` all others but the one for closing.
static inline CURLcode crawld_setopt_contexts(CURL *easy, void *context, struct crawld_socket_gate *gate) {
    CURLcode code = curl_easy_setopt(easy, CURLOPT_PRIVATE, context);
    if (!code) code = curl_easy_setopt(easy, CURLOPT_HEADERDATA, context);
    if (!code) code = curl_easy_setopt(easy, CURLOPT_WRITEDATA, context);
    if (!code) code = curl_easy_setopt(easy, CURLOPT_PREREQDATA, context);
    if (!code) code = curl_easy_setopt(easy, CURLOPT_DEBUGDATA, context);
    if (!code) code = curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, gate);
    return code;
}

static inline CURLMcode crawld_multi_setopt_long(CURLM *multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}

static inline CURLSHcode crawld_share_setopt_int(CURLSH *share, CURLSHoption option, int value) {
    return curl_share_setopt(share, option, value);
}

typedef int (*crawld_socket_callback)(CURL *easy, curl_socket_t socket, int what, void *context, void *mark);
typedef int (*crawld_timer_callback)(CURLM *multi, long timeout_ms, void *context);

static inline CURLMcode crawld_multi_setopt_callbacks(CURLM *multi, crawld_socket_callback socket_changed,
                                                      crawld_timer_callback timer_changed, void *context) {
    CURLMcode code = curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, socket_changed);
    if (!code) code = curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, context);
    if (!code) code = curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, timer_changed);
    if (!code) code = curl_multi_setopt(multi, CURLMOPT_TIMERDATA, context);
    return code;
}

// A UTF-8 locale for libidn2, which reads host names in the thread's locale; NULL if the system has none.
static inline locale_t crawld_utf8_locale(void) {
    return newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
}
