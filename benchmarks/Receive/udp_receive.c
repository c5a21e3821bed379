/* The loop that Pesto's is measured beside: recvmmsg with the kernel's time stamps and its count of drops, on one thread.
   usage: udp_receive BUFFER_BYTES; prints its port, then "DATAGRAMS BYTES DROPS" for each line on standard input. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>

enum { BATCH = 64, STRIDE = 65536 + 1600, CONTROL = 64 };

static int fd;
static volatile unsigned long datagrams, bytes, drops, last_time, sources;

static void *receive(void *unused)
{
    static struct mmsghdr messages[BATCH];
    static struct iovec vectors[BATCH];
    static struct sockaddr_in6 names[BATCH];
    static char controls[BATCH][CONTROL] __attribute__((aligned(8)));
    char *buffers = mmap(NULL, (size_t)BATCH * STRIDE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int count = BATCH;
    for (int i = 0; i < BATCH; i++) {
        vectors[i] = (struct iovec){ buffers + (size_t)i * STRIDE, STRIDE };
        messages[i].msg_hdr = (struct msghdr){ .msg_name = &names[i], .msg_iov = &vectors[i], .msg_iovlen = 1, .msg_control = controls[i] };
    }
    for (;;) {
        for (int i = 0; i < count; i++) {
            messages[i].msg_hdr.msg_namelen = sizeof names[i];
            messages[i].msg_hdr.msg_controllen = CONTROL;
        }
        count = recvmmsg(fd, messages, BATCH, MSG_WAITFORONE, NULL);
        if (count < 0) {
            if (errno != EAGAIN && errno != EINTR) {
                perror("recvmmsg");
                exit(1);
            }
            count = BATCH;
            continue;
        }
        unsigned long more = 0;
        for (int i = 0; i < count; i++) {
            struct msghdr *header = &messages[i].msg_hdr;
            for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c; c = CMSG_NXTHDR(header, c)) {
                if (c->cmsg_level != SOL_SOCKET)
                    continue;
                if (c->cmsg_type == SCM_TIMESTAMPNS) {
                    struct timespec *t = (struct timespec *)CMSG_DATA(c);
                    last_time = t->tv_sec * 1000000000ul + t->tv_nsec;
                } else if (c->cmsg_type == SO_RXQ_OVFL)
                    drops = *(unsigned *)CMSG_DATA(c);
            }
            sources += names[i].sin6_port;
            more += messages[i].msg_len;
        }
        bytes += more;
        datagrams += count;
    }
    return unused;
}

int main(int argc, char **argv)
{
    int on = 1, buffer = argc > 1 ? atoi(argv[1]) : 0;
    struct sockaddr_in6 address = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
    socklen_t length = sizeof address;
    struct timeval wait = { .tv_usec = 200000 };
    fd = socket(AF_INET6, SOCK_DGRAM, 0);
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof buffer))
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
    setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
    setsockopt(fd, SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof on);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) || getsockname(fd, (struct sockaddr *)&address, &length)) {
        perror("bind");
        return 1;
    }
    printf("%d\n", ntohs(address.sin6_port));
    fflush(stdout);
    pthread_t thread;
    pthread_create(&thread, NULL, receive, NULL);
    for (char line[64]; fgets(line, sizeof line, stdin);) {
        unsigned info[9] = { 0 };
        socklen_t size = sizeof info;
        getsockopt(fd, SOL_SOCKET, 55 /* SO_MEMINFO */, info, &size);
        printf("%lu %lu %u\n", datagrams, bytes, info[8]);
        fflush(stdout);
    }
    return 0;
}
