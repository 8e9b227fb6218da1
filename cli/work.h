/* The work behind the commands of the table. */
#ifndef HUBWARD_CLI_WORK_H
#define HUBWARD_CLI_WORK_H

#include "cli/command.h"

command_work work_show_isakmp, work_show_ipsec, work_show_session, work_show_version;
command_work work_show_pool, work_show_users, work_show_processes;
command_work work_show_policy, work_show_key, work_show_profile, work_show_transform_set;
command_work work_show_map, work_show_dynamic_map;
command_work work_show_running;
command_work work_show_accounting;
command_work work_show_history, work_show_peers, work_show_problems;
command_work work_what_if, work_explain;
command_work work_check, work_diff, work_reload;
command_work work_clear_session, work_clear_sa, work_clear_isakmp, work_clear_peer;
command_work work_show_connections, work_show_log, work_show_events;
command_work work_debug;
command_work work_test_aaa;
command_work work_user_add, work_user_passwd, work_user_disable, work_user_enable, work_user_list;
command_work work_help, work_exit;

#endif
