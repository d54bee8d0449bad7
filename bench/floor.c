/*
 * The floor of a job: what the system itself takes to run a plugin once. Spawns PLUGIN in its own
 * session COUNT times, one after the other, feeds each a request, reads both outputs to their end and
 * reaps it. Prints nanoseconds: elapsed time, and CPU time of itself and the plugins.
 *
 *   floor PLUGIN COUNT
 */
#define _GNU_SOURCE
#include <poll.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static const char REQUEST[] =
    "{\"protocol\":1,\"job_id\":\"00000000-0000-4000-8000-000000000000\",\"command\":\"poll\","
    "\"config\":{},\"state\":{\"a\":1},\"deadline_at\":\"2026-01-01T00:00:00.000Z\"}\n";

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static void run_once(char *plugin) {
  int in[2], out[2], err[2];
  if (pipe2(in, 02000000) || pipe2(out, 02000000) || pipe2(err, 02000000)) fail("pipe2"); /* O_CLOEXEC */
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in[0], 0);
  posix_spawn_file_actions_adddup2(&actions, out[1], 1);
  posix_spawn_file_actions_adddup2(&actions, err[1], 2);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
  char *argv[] = {plugin, NULL};
  pid_t pid;
  if (posix_spawn(&pid, plugin, &actions, &attributes, argv, environ)) fail("posix_spawn");
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  close(in[0]), close(out[1]), close(err[1]);
  if (write(in[1], REQUEST, strlen(REQUEST)) < 0) perror("write");
  close(in[1]);
  struct pollfd ends[2] = {{out[0], POLLIN, 0}, {err[0], POLLIN, 0}};
  char buffer[65536];
  for (int open = 2; open > 0;) {
    if (poll(ends, 2, -1) < 0) fail("poll");
    for (int i = 0; i < 2; i++) {
      if (ends[i].fd < 0 || ends[i].revents == 0) continue;
      if (read(ends[i].fd, buffer, sizeof buffer) > 0) continue;
      close(ends[i].fd);
      ends[i].fd = -1;
      open--;
    }
  }
  if (waitpid(pid, NULL, 0) != pid) fail("waitpid");
}

static double nanoseconds(struct timeval t) { return t.tv_sec * 1e9 + t.tv_usec * 1e3; }

static double cpu(int who) {
  struct rusage used;
  getrusage(who, &used);
  return nanoseconds(used.ru_utime) + nanoseconds(used.ru_stime);
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  struct timespec began, ended;
  clock_gettime(CLOCK_MONOTONIC, &began);
  for (int n = atoi(argv[2]); n > 0; n--) run_once(argv[1]);
  clock_gettime(CLOCK_MONOTONIC, &ended);
  double elapsed = (ended.tv_sec - began.tv_sec) * 1e9 + (ended.tv_nsec - began.tv_nsec);
  printf("%.0f %.0f\n", elapsed, cpu(RUSAGE_SELF) + cpu(RUSAGE_CHILDREN));
}
