#!/bin/sh
# A multi handle of libcurl 7.88.1 (Debian 12) looks through its idle connections for those that servers have closed: at most
# once a second, inside the curl_multi_perform that begins the next transfer, whichever host that one asks. Each look is a
# poll(2), and after each closed one that it finds and removes it begins again with the first. So the work is a product: about
# half of the closed ones times all those still open. Counted in that one call, each connection to a host of its own, 60 runs:
#
#   400 idle, none closed              400 polls
#   200 idle, every second closed    4,600 to  5,800, by the order of the hash table, which differs with the port
#   400 idle, every second closed   18,500 to 21,700
#   400 idle, all closed               400: each round finds one at once
#
# Half of the 400 cost 50 times as much as none, and twice as many connections four times the polls. At that rate 100 closed
# among 18,000 would be some 900,000 polls, and while it searches more are closed. A crawler that kept 18,000 idle went from
# 2,000 requests a second to 100. MAXCONNECTS set high is therefore no gain by itself: bound what is idle.
#
# Needs gcc, apt-get download and what libcurl4 depends on. Prints `holds`.
set -eu

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
version=7.88.1-10+deb12u15
(cd "$work" && apt-get download -qq libcurl4=$version libcurl4-openssl-dev=$version &&
    for package in *.deb; do dpkg -x "$package" libcurl; done)
libcurl=$(echo "$work"/libcurl/usr/lib/*/libcurl.so.4)
cat > "$work/idle.c" <<'C'
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <curl/curl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { most = 400 };
static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\nok\n";
static int listener, port, served[most + 1];
static long polls;

static void need(int good, const char *what) {
    if (!good) {
        fprintf(stderr, "failed: %s\n", what);
        exit(1);
    }
}

/* Stands before the C library's for libcurl too. Nothing else here calls it. */
int poll(struct pollfd *items, nfds_t count, int timeout) {
    struct timespec wait = {timeout / 1000, timeout % 1000 * 1000000L};
    polls++;
    return ppoll(items, count, timeout < 0 ? NULL : &wait, NULL);
}

static void listen_here(void) {
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof here;
    listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    need(bind(listener, (struct sockaddr *)&here, size) == 0 && listen(listener, 16) == 0 &&
         getsockname(listener, (struct sockaddr *)&here, &size) == 0, "listen");
    port = ntohs(here.sin_port);
}

/* The server's part of one transfer: it takes the connection, answers, and leaves it open. */
static void serve(int number) {
    char request[2000];
    ssize_t got;
    if (served[number] < 0) served[number] = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
    if (served[number] < 0) return;
    got = read(served[number], request, sizeof request);
    if (got >= 4 && memcmp(request + got - 4, "\r\n\r\n", 4) == 0)
        need(write(served[number], answer, sizeof answer - 1) == sizeof answer - 1, "answer");
}

static size_t drop(char *bytes, size_t one, size_t count, void *unused) {
    (void)bytes, (void)unused;
    return one * count;
}

/* Gets a page of the host with this number. Returns the most polls that one curl_multi_perform made for it. */
static long get(CURLM *multi, int number) {
    char url[100], address[100];
    long code = 0, fresh = 0, worst = 0;
    int running = 1, left;
    CURL *easy = curl_easy_init();
    struct curl_slist *resolve;
    snprintf(url, sizeof url, "http://host%d.test:%d/", number, port);
    snprintf(address, sizeof address, "host%d.test:%d:127.0.0.1", number, port);
    resolve = curl_slist_append(NULL, address);
    need(easy && resolve && curl_easy_setopt(easy, CURLOPT_URL, url) == CURLE_OK &&
         curl_easy_setopt(easy, CURLOPT_RESOLVE, resolve) == CURLE_OK &&
         curl_easy_setopt(easy, CURLOPT_PROXY, "") == CURLE_OK &&
         curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, drop) == CURLE_OK &&
         curl_multi_add_handle(multi, easy) == CURLM_OK, "new transfer");
    served[number] = -1;
    while (running) {
        long before = polls;
        need(curl_multi_perform(multi, &running) == CURLM_OK, "perform");
        if (polls - before > worst) worst = polls - before;
        if (running) serve(number);
    }
    need(curl_multi_info_read(multi, &left)->data.result == CURLE_OK &&
         curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &code) == CURLE_OK && code == 200 &&
         curl_easy_getinfo(easy, CURLINFO_NUM_CONNECTS, &fresh) == CURLE_OK && fresh == 1, "a page by a new connection");
    curl_multi_remove_handle(multi, easy);
    curl_easy_cleanup(easy);
    curl_slist_free_all(resolve);
    return worst;
}

static long search(int idle, int closed) {
    CURLM *multi = curl_multi_init();
    long worst;
    need(multi && curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, 1000L) == CURLM_OK, "multi handle");
    for (int i = 0; i < idle; i++) get(multi, i);
    for (int i = 0; i < idle; i++) {
        if ((i + 1) * closed / idle == i * closed / idle) continue;  /* so the closed ones are spread evenly */
        close(served[i]);
        served[i] = -1;
    }
    usleep(1200000);
    worst = get(multi, idle);
    for (int i = 0; i <= idle; i++)
        if (served[i] >= 0) close(served[i]);
    curl_multi_cleanup(multi);
    printf("%d idle, %3d of them closed by the server: %6ld polls in one curl_multi_perform\n", idle, closed, worst);
    return worst;
}

int main(void) {
    alarm(50);
    need(strncmp(curl_version(), "libcurl/7.88.1 ", 15) == 0, "the version wanted");
    listen_here();
    long none = search(400, 0), small = search(200, 100), large = search(400, 200), all = search(400, 400);
    need(none >= 400 && small >= 200 && large >= 400 && all >= 400, "the polls are counted");
    if (none > 500 || all > 500 || large < 30 * none || 2 * large < 5 * small) {
        puts("changed");
        return 1;
    }
    puts("holds");
    return 0;
}
C
gcc -O1 -Wall -Wextra -rdynamic -isystem "$(dirname "$(echo "$work"/libcurl/usr/include/*/curl)")" \
    -o "$work/idle" "$work/idle.c" "$libcurl"
LD_LIBRARY_PATH=$(dirname "$libcurl") "$work/idle"
