// Generated from the routes of apps/api by `npm run docs`: change it there.
export interface paths {
    "/v1/api-keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["ApiKeysController_list[1]"];
        put?: never;
        post: operations["ApiKeysController_create[1]"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/api-keys/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete: operations["ApiKeysController_revoke[1]"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["AuditController_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/campaigns": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["CampaignsController_list"];
        put?: never;
        post: operations["CampaignsController_create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/campaigns/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["CampaignsController_get"];
        put?: never;
        post?: never;
        delete: operations["CampaignsController_delete"];
        options?: never;
        head?: never;
        patch: operations["CampaignsController_update"];
        trace?: never;
    };
    "/v1/campaigns/{id}/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["CampaignsController_audit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/campaigns/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["CampaignsController_cancel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/campaigns/{id}/checks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["CampaignsController_checks"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/campaigns/{id}/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["CampaignsController_pause"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/campaigns/{id}/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["CampaignsController_preview"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/campaigns/{id}/report": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["CampaignsController_report"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/campaigns/{id}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["CampaignsController_resume"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/campaigns/{id}/schedule": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["CampaignsController_schedule"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/campaigns/{id}/send": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["CampaignsController_send"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/campaigns/{id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["CampaignsController_test"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/campaigns/{id}/unschedule": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["CampaignsController_unschedule"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/campaigns/audience": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["CampaignsController_audience"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/contacts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["ContactsController_list"];
        put?: never;
        post: operations["ContactsController_create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/contacts/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["ContactsController_get"];
        put?: never;
        post?: never;
        delete: operations["ContactsController_delete"];
        options?: never;
        head?: never;
        patch: operations["ContactsController_update"];
        trace?: never;
    };
    "/v1/contacts/{id}/lists/{list}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put: operations["ContactsController_setMembership"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/domains": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["DomainsController_list[1]"];
        put?: never;
        post: operations["DomainsController_add[1]"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/domains/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["DomainsController_get[1]"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/domains/{id}/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["DomainsController_verify[1]"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/domains/{name}/dkim": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["DkimController_records"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/domains/{name}/dkim/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["DkimController_rotate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/domains/{name}/dkim/schedule": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put: operations["DkimController_schedule"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/egress/pools": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["EgressController_listPools"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/egress/pools/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put: operations["EgressController_setPool"];
        post?: never;
        delete: operations["EgressController_removePool"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/egress/sources": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["EgressController_listSources"];
        put?: never;
        post: operations["EgressController_addSource"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/egress/sources/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["EgressController_showSource"];
        put?: never;
        post?: never;
        delete: operations["EgressController_removeSource"];
        options?: never;
        head?: never;
        patch: operations["EgressController_setSource"];
        trace?: never;
    };
    "/v1/egress/sources/{name}/activate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["EgressController_activate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/egress/sources/{name}/disable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["EgressController_disable"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/egress/sources/{name}/drain": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["EgressController_drain"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/egress/streams": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["EgressController_listStreams"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/egress/streams/{stream}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put: operations["EgressController_setStream"];
        post?: never;
        delete: operations["EgressController_unsetStream"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/emails": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["EmailsController_list[1]"];
        put?: never;
        post: operations["EmailsController_send[1]"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/emails/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["EmailsController_get[1]"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch: operations["EmailsController_reschedule[1]"];
        trace?: never;
    };
    "/v1/emails/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["EmailsController_cancel[1]"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/emails/{id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["EmailsController_events[1]"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/emails/batch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["EmailsController_sendBatch[1]"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/imports": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["ImportsController_list"];
        put?: never;
        post: operations["ImportsController_upload"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/imports/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["ImportsController_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/imports/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["ImportsController_cancel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/imports/{id}/errors.csv": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["ImportsController_errors"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/imports/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["ImportsController_preview"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/lists": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["ListsController_list"];
        put?: never;
        post: operations["ListsController_create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/lists/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["ListsController_get"];
        put?: never;
        post?: never;
        delete: operations["ListsController_delete"];
        options?: never;
        head?: never;
        patch: operations["ListsController_rename"];
        trace?: never;
    };
    "/v1/messages/{id}/trace": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["MessagesController_trace"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/quarantine": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["QuarantineController_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/quarantine/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["QuarantineController_get"];
        put?: never;
        post?: never;
        delete: operations["QuarantineController_delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/quarantine/{id}/release": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["QuarantineController_release"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/quarantine/batch/delete": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["QuarantineController_deleteMany"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/quarantine/batch/release": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["QuarantineController_releaseMany"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/queue": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["QueueController_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/queue/{lane}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["QueueController_show"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/queue/bounce": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["QueueController_bounce"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/queue/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["QueueController_cancel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/queue/move": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["QueueController_move"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/queue/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["QueueController_resume"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/queue/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["QueueController_retry"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/queue/suspend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["QueueController_suspend"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["SessionController_current"];
        put?: never;
        post: operations["SessionController_signIn"];
        delete: operations["SessionController_signOut"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["StatusController_status"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/suppressions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["SuppressionsController_list"];
        put?: never;
        post: operations["SuppressionsController_add"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/suppressions/{address}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["SuppressionsController_get"];
        put?: never;
        post?: never;
        delete: operations["SuppressionsController_remove"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/suppressions/batch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["SuppressionsController_addMany"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/suppressions/batch/remove": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["SuppressionsController_removeMany"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/suppressions/check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["SuppressionsController_check"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/suppressions/overrides": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["SuppressionsController_overrides"];
        put?: never;
        post: operations["SuppressionsController_allow"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/suppressions/overrides/{address}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete: operations["SuppressionsController_disallow"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/templates": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["TemplatesController_list"];
        put?: never;
        post: operations["TemplatesController_create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/templates/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["TemplatesController_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch: operations["TemplatesController_update"];
        trace?: never;
    };
    "/v1/templates/{id}/archive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["TemplatesController_archive"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/templates/from-gallery": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["TemplatesController_fromGallery"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/templates/gallery": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["TemplatesController_gallery"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/templates/partials/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put: operations["TemplatesController_putPartial"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/templates/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["TemplatesController_preview"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/threads": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["ThreadsController_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/threads/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["ThreadsController_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch: operations["ThreadsController_patch"];
        trace?: never;
    };
    "/v1/topics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["TopicsController_list[1]"];
        put?: never;
        post: operations["TopicsController_create[1]"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/topics/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["TopicsController_get[1]"];
        put?: never;
        post?: never;
        delete: operations["TopicsController_delete[1]"];
        options?: never;
        head?: never;
        patch: operations["TopicsController_change[1]"];
        trace?: never;
    };
    "/v1/warmup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["WarmupController_list"];
        put: operations["WarmupController_set"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/warmup/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["WarmupController_show"];
        put?: never;
        post?: never;
        delete: operations["WarmupController_remove"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/warmup/{id}/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["WarmupController_pause"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/warmup/{id}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["WarmupController_resume"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["WebhooksController_list[1]"];
        put?: never;
        post: operations["WebhooksController_create[1]"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["WebhooksController_get[1]"];
        put?: never;
        post?: never;
        delete: operations["WebhooksController_delete[1]"];
        options?: never;
        head?: never;
        patch: operations["WebhooksController_change[1]"];
        trace?: never;
    };
    "/v1/webhooks/{id}/messages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["WebhooksController_messages[1]"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{id}/messages/{message}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["WebhooksController_message[1]"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{id}/messages/{message}/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["WebhooksController_replay[1]"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{id}/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["WebhooksController_replaySpan[1]"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{id}/rotate-secret": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["WebhooksController_rotate[1]"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["WebhooksController_test[1]"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        ApiKeyMade: {
            id: string;
            object: string;
            token: string;
        };
        ApiKeys: {
            readonly data: {
                readonly allowed_networks: string[];
                /** Format: date-time */
                created_at: string;
                domain: string | null;
                /** Format: date-time */
                expires_at: string | null;
                id: string;
                /** Format: date-time */
                last_used_at: string | null;
                name: string;
                permission: string;
                prefix: string;
            }[];
            has_more: boolean;
            object: string;
        };
        Audience: {
            /**
             * @default {
             *       "lists": []
             *     }
             */
            exclude?: {
                lists: string[];
            };
            include: {
                lists: string[];
            };
        };
        AudienceCounts: {
            excluded: number;
            selected: number;
            sendable: number;
            suppressed: number;
            unconfirmed: number;
            unsubscribed: number;
        };
        AuditEntries: {
            readonly data: {
                action: string;
                actor: string;
                /** Format: date-time */
                at: string;
                detail: string;
                number: string;
                object: string;
                target: string;
            }[];
            has_more: boolean;
            object: string;
        };
        Campaign: {
            audience: {
                exclude: {
                    readonly lists: string[];
                };
                include: {
                    readonly lists: string[];
                };
            };
            audience_counts: {
                [key: string]: number;
            } | null;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            finished_at: string | null;
            from_email: string;
            from_name: string;
            id: string;
            name: string;
            object: string;
            reply_to: string | null;
            /** Format: date-time */
            scheduled_at: string | null;
            /** Format: date-time */
            started_at: string | null;
            /** @enum {string} */
            status: "draft" | "scheduled" | "preparing" | "sending" | "paused" | "sent" | "cancelled" | "failed";
            status_reason: string | null;
            template_id: string | null;
        };
        CampaignChecks: {
            audience: components["schemas"]["AudienceCounts"] | null;
            is_ready: boolean;
            readonly problems: {
                code: string;
                field?: string;
                message: string;
            }[];
        };
        CampaignList: {
            readonly data: {
                audience: {
                    exclude: {
                        readonly lists: string[];
                    };
                    include: {
                        readonly lists: string[];
                    };
                };
                audience_counts: {
                    [key: string]: number;
                } | null;
                /** Format: date-time */
                created_at: string;
                /** Format: date-time */
                finished_at: string | null;
                from_email: string;
                from_name: string;
                id: string;
                name: string;
                object: string;
                reply_to: string | null;
                report?: components["schemas"]["CampaignReport"];
                /** Format: date-time */
                scheduled_at: string | null;
                /** Format: date-time */
                started_at: string | null;
                /** @enum {string} */
                status: "draft" | "scheduled" | "preparing" | "sending" | "paused" | "sent" | "cancelled" | "failed";
                status_reason: string | null;
                template_id: string | null;
            }[];
            has_more: boolean;
            object: string;
        };
        CampaignPatch: {
            audience?: {
                /**
                 * @default {
                 *       "lists": []
                 *     }
                 */
                exclude?: {
                    lists: string[];
                };
                include: {
                    lists: string[];
                };
            };
            fromEmail?: string;
            fromName?: string;
            name?: string;
            replyTo?: "" | string;
            /** Format: uuid */
            templateId?: string | null;
        };
        CampaignReport: {
            accepted: number;
            acceptedByProvider: {
                [key: string]: number;
            };
            autoReplied: number;
            bounced: {
                byClass: {
                    [key: string]: number;
                };
                late: number;
                total: number;
            };
            cancelled: number;
            clicks: {
                human: {
                    total: number;
                    unique: number;
                };
                machine: {
                    total: number;
                    unique: number;
                };
            };
            complained: number;
            deferred: number;
            delivered: number;
            failed: number;
            /** Format: date-time */
            finishedAt: string | null;
            opens: {
                human: {
                    total: number;
                    unique: number;
                };
                machine: {
                    total: number;
                    unique: number;
                };
            };
            queued: number;
            recipients: number;
            replied: number;
            /** Format: date-time */
            startedAt: string | null;
            suppressed: number;
            throughputPerSecond: number;
            unknown: number;
            unsubscribed: number;
        };
        CampaignSchedule: {
            /** Format: date-time */
            at: string;
        };
        CampaignTest: {
            contact?: string;
            to: string[];
        };
        CampaignTestSent: {
            ids: string[];
        };
        Contact: {
            attributes: {
                [key: string]: unknown;
            };
            /** Format: date-time */
            created_at: string;
            email: string;
            first_name: string;
            id: string;
            language: string;
            last_name: string;
            object: string;
            /** @enum {string} */
            status?: "subscribed" | "unsubscribed" | "unconfirmed";
            /** Format: date-time */
            updated_at: string;
        };
        ContactDetail: {
            attributes: {
                [key: string]: unknown;
            };
            /** Format: date-time */
            created_at: string;
            email: string;
            first_name: string;
            id: string;
            language: string;
            last_name: string;
            lists: {
                list_id: string;
                name: string;
                /** Format: date-time */
                since: string;
                /** @enum {string} */
                status: "subscribed" | "unsubscribed" | "unconfirmed";
            }[];
            object: string;
            /** @enum {string} */
            status?: "subscribed" | "unsubscribed" | "unconfirmed";
            /** Format: date-time */
            updated_at: string;
        };
        ContactList: {
            /** Format: date-time */
            created_at: string;
            description: string;
            id: string;
            name: string;
            object: string;
            /** @enum {string} */
            opt_in: "single" | "double";
        };
        ContactLists: {
            readonly data: {
                /** Format: date-time */
                created_at: string;
                description: string;
                id: string;
                members: {
                    subscribed: number;
                    unconfirmed: number;
                    unsubscribed: number;
                };
                name: string;
                object: string;
                /** @enum {string} */
                opt_in: "single" | "double";
            }[];
            has_more: boolean;
            object: string;
        };
        ContactPage: {
            readonly data: components["schemas"]["Contact"][];
            has_more: boolean;
            next_cursor: string | null;
            object: string;
        };
        ContactPatch: {
            attributes?: {
                [key: string]: unknown;
            };
            email?: string;
            first_name?: string;
            language?: string;
            last_name?: string;
        };
        DkimRecords: {
            readonly data: {
                /** @enum {string} */
                action: "add" | "keep" | "remove";
                name: string;
                note: string | null;
                required: boolean;
                type: string;
                value: string;
            }[];
            has_more: boolean;
            object: string;
        };
        DkimSchedule: {
            every_days?: number | null;
            overlap_days?: number;
        };
        Domain: {
            /** Format: date-time */
            created_at: string;
            id: string;
            name: string;
            object: string;
            readonly records: {
                readonly found?: string[];
                name: string;
                priority?: number;
                record: string;
                required: boolean;
                /** @enum {string} */
                status: "verified" | "pending" | "not_started";
                ttl: string;
                /** @enum {string} */
                type: "TXT" | "MX";
                value: string;
            }[];
            /** @enum {string} */
            status: "pending" | "verified" | "failed";
        };
        Domains: {
            readonly data: {
                /** Format: date-time */
                created_at: string;
                id: string;
                name: string;
                object: string;
                /** @enum {string} */
                status: "pending" | "verified" | "failed";
            }[];
            has_more: boolean;
            object: string;
        };
        EgressPoolMembers: {
            members: {
                source: string;
                /** @default 1 */
                weight?: number;
            }[];
            overflow?: boolean;
        };
        EgressPools: {
            readonly data: {
                readonly members: {
                    source: string;
                    weight: number;
                }[];
                name: string;
                object: string;
                readonly streams: {
                    /** @enum {string} */
                    stream: "transactional" | "bulk";
                    workspace_id: string | null;
                }[];
            }[];
            has_more: boolean;
            object: string;
        };
        EgressSource: {
            /** Format: date-time */
            created_at: string;
            has_proxy_secret: boolean;
            has_smarthost_secret: boolean;
            helo: string | null;
            local_v4: string | null;
            local_v6: string | null;
            name: string;
            note: string;
            object: string;
            readonly pools: {
                pool: string;
                weight: number;
            }[];
            /** @enum {string} */
            state: "active" | "draining" | "disabled";
            /** Format: date-time */
            updated_at: string;
        };
        EgressSourceChange: {
            /** @enum {string|null} */
            addressPolicy?: "prefer-v6" | "prefer-v4" | "v6-only" | "v4-only" | null;
            /** @default false */
            elsewhere?: boolean;
            helo?: string | null;
            localV4?: string | null;
            localV6?: string | null;
            note?: string;
            proxy?: ({
                host: string;
                /** @enum {string} */
                kind: "socks5";
                port: number;
                username?: string;
            } | {
                host: string;
                /** @enum {string} */
                kind: "haproxy";
                port: number;
                /** @default 2 */
                version?: 1 | 2;
            }) | null;
            proxySecret?: string;
            smarthost?: {
                ca?: string;
                connections?: number;
                /** @default {} */
                headers?: {
                    [key: string]: string;
                };
                host: string;
                /**
                 * @default smtp
                 * @enum {string}
                 */
                kind?: "smtp" | "ses";
                mechanisms?: ("SCRAM-SHA-256" | "PLAIN" | "LOGIN" | "CRAM-MD5" | "XOAUTH2")[];
                messagesPerConnection?: number;
                port: number;
                ratePerSecond?: number;
                region?: string;
                /** @enum {string} */
                security: "implicit" | "starttls" | "opportunistic" | "none";
                username?: string;
            } | null;
            smarthostSecret?: string;
        };
        EgressSources: {
            readonly data: components["schemas"]["EgressSource"][];
            has_more: boolean;
            object: string;
        };
        EgressSourceState: {
            /** Format: date-time */
            created_at: string;
            has_proxy_secret: boolean;
            has_smarthost_secret: boolean;
            helo: string | null;
            left: number;
            local_v4: string | null;
            local_v6: string | null;
            moved: number;
            readonly moved_to?: string[] | null;
            name: string;
            note: string;
            object: string;
            readonly pools: {
                pool: string;
                weight: number;
            }[];
            /** @enum {string} */
            state: "active" | "draining" | "disabled";
            /** Format: date-time */
            updated_at: string;
        };
        EgressStreamPool: {
            pool: string;
            /**
             * Format: uuid
             * @default null
             */
            workspaceId?: string | null;
        };
        Email: {
            readonly bcc: string[] | null;
            readonly cc: string[] | null;
            /** Format: date-time */
            created_at: string;
            from: string;
            html: string | null;
            id: string;
            last_event: string;
            message_id: string;
            metadata: {
                [key: string]: string;
            };
            object: string;
            readonly reply_to: string[] | null;
            /** Format: date-time */
            scheduled_at: string | null;
            stream: string;
            subject: string;
            readonly tags: {
                name: string;
                value: string;
            }[];
            text: string | null;
            readonly to: string[];
            topic_id: string | null;
        };
        Emails: {
            readonly data: {
                readonly bcc: string[] | null;
                readonly cc: string[] | null;
                /** Format: date-time */
                created_at: string;
                from: string;
                id: string;
                last_event: string;
                message_id: string;
                object: string;
                readonly reply_to: string[] | null;
                /** Format: date-time */
                scheduled_at: string | null;
                stream: string;
                subject: string;
                readonly to: string[];
                topic_id: string | null;
            }[];
            has_more: boolean;
            object: string;
        };
        FromGallery: {
            key: string;
            /** @enum {string} */
            language: "en" | "fa";
            name?: string;
        };
        Import: {
            bytes_done: number;
            bytes_total: number;
            readonly columns: {
                column: string;
                field: string;
            }[];
            /** Format: date-time */
            created_at: string;
            encoding: string;
            error: {
                code: string;
                message: string | null;
            } | null;
            file_name: string;
            /** Format: date-time */
            finished_at: string | null;
            has_error_file: boolean;
            id: string;
            kept_unsubscribed: number;
            list_id: string | null;
            object: string;
            progress: number;
            rows_created: number;
            rows_duplicate: number;
            rows_read: number;
            rows_rejected: number;
            rows_unchanged: number;
            rows_updated: number;
            /** Format: date-time */
            started_at: string | null;
            /** @enum {string} */
            status: "waiting" | "running" | "finished" | "failed" | "cancelled";
            suppressed: number;
        };
        ImportPreview: {
            readonly columns: {
                column: string;
                field: string;
            }[];
            delimiter: string;
            encoding: string;
            readonly rows: string[][];
        };
        Imports: {
            readonly data: components["schemas"]["Import"][];
            has_more: boolean;
            object: string;
        };
        Lane: {
            accepted_per_second: number;
            attempts_per_second: number;
            held: number;
            id: string;
            in_hand: number;
            last_reply: string;
            leased_by: string | null;
            limit_per_second: number | null;
            /** Format: date-time */
            next_due: string | null;
            object: string;
            /** Format: date-time */
            oldest: string | null;
            provider: string;
            reason: string;
            site: string;
            source: string;
            /** Format: date-time */
            suspended_until: string | null;
            waiting: number;
        };
        LaneDetail: {
            accepted_per_second: number;
            attempts_per_second: number;
            readonly campaigns: {
                id: string | null;
                name: string;
                status: string;
                waiting: number;
            }[];
            readonly decisions: {
                /** Format: date-time */
                at: string;
                facts: {
                    connections: number | null;
                    readonly moved_to: string[];
                    rate_per_second: number | null;
                    rule: string | null;
                    times: number;
                    until: string | null;
                };
                id: string;
                kind: string;
                object: string;
                reply: string;
                sentence: string;
            }[];
            held: number;
            id: string;
            in_hand: number;
            last_reply: string;
            leased_by: string | null;
            limit_per_second: number | null;
            /** Format: date-time */
            next_due: string | null;
            object: string;
            /** Format: date-time */
            oldest: string | null;
            readonly orders: components["schemas"]["QueueOrder"][];
            provider: string;
            reason: string;
            readonly replies: {
                outcome: number;
                reply: string;
                times: number;
            }[];
            site: string;
            source: string;
            /** Format: date-time */
            suspended_until: string | null;
            waiting: number;
        };
        LedgerAudit: {
            acceptedTwice: number;
            byState: {
                [key: string]: number;
            };
            readonly differences: string[];
            duplicateContacts: number;
            isComplete: boolean;
            recipients: number;
            strayOutcomes: number;
        };
        ListPatch: {
            name: string;
        };
        MembershipChange: {
            /** @enum {string} */
            status: "subscribed" | "unsubscribed";
        };
        MessageTraces: {
            readonly data: {
                /** Format: date-time */
                accepted_at: string;
                readonly attempts: {
                    /** Format: date-time */
                    at: string;
                    bounce_class: string | null;
                    duration_ms: number | null;
                    enhanced_code: string | null;
                    mx: string;
                    number: number;
                    outcome: string;
                    reply: string;
                    site: string | null;
                    smtp_code: number | null;
                    tls: {
                        policy: string;
                        problem?: string;
                        version?: string;
                    } | null;
                    transcript: string | null;
                    via: string;
                }[];
                campaign: {
                    id: string;
                    name: string;
                    status: string;
                } | null;
                contact_id: string | null;
                email: string;
                readonly events: {
                    actor: string;
                    actor_reason: string;
                    /** Format: date-time */
                    at: string;
                    kind: string;
                    link: number | null;
                }[];
                id: string;
                readonly inbound: {
                    from: string;
                    id: string;
                    kind: string;
                    /** Format: date-time */
                    received_at: string;
                    subject: string;
                }[];
                kind: string;
                message_id: string | null;
                object: string;
                queue: {
                    attempt: number;
                    batch_id: string;
                    /** Format: date-time */
                    due_at: string;
                    /** Format: date-time */
                    expires_at: string;
                    held_by: string | null;
                    is_leased: boolean;
                    lane_reason: string;
                    provider: string;
                    site: string;
                } | null;
                state: string;
                suppression: {
                    address: string;
                    detail: string;
                    reason: string;
                    /** Format: date-time */
                    since: string;
                } | null;
            }[];
            has_more: boolean;
            object: string;
        };
        NewApiKey: {
            allowed_networks?: string[] | null;
            domain_id?: string | null;
            /** Format: date-time */
            expires_at?: string | null;
            name: string;
            /**
             * @default full_access
             * @enum {string}
             */
            permission?: "full_access" | "sending_access" | "read_access";
        };
        NewCampaign: {
            audience: {
                /**
                 * @default {
                 *       "lists": []
                 *     }
                 */
                exclude?: {
                    lists: string[];
                };
                include: {
                    lists: string[];
                };
            };
            fromEmail: string;
            /** @default  */
            fromName?: string;
            name: string;
            /** @default  */
            replyTo?: "" | string;
            /**
             * Format: uuid
             * @default null
             */
            templateId?: string | null;
        };
        NewContact: {
            attributes?: {
                [key: string]: unknown;
            };
            email: string;
            first_name?: string;
            language?: string;
            last_name?: string;
        };
        NewDomain: {
            name: string;
        };
        NewEgressSource: {
            /** @enum {string|null} */
            addressPolicy?: "prefer-v6" | "prefer-v4" | "v6-only" | "v4-only" | null;
            /** @default false */
            elsewhere?: boolean;
            helo?: string | null;
            localV4?: string | null;
            localV6?: string | null;
            name: string;
            note?: string;
            proxy?: ({
                host: string;
                /** @enum {string} */
                kind: "socks5";
                port: number;
                username?: string;
            } | {
                host: string;
                /** @enum {string} */
                kind: "haproxy";
                port: number;
                /** @default 2 */
                version?: 1 | 2;
            }) | null;
            proxySecret?: string;
            smarthost?: {
                ca?: string;
                connections?: number;
                /** @default {} */
                headers?: {
                    [key: string]: string;
                };
                host: string;
                /**
                 * @default smtp
                 * @enum {string}
                 */
                kind?: "smtp" | "ses";
                mechanisms?: ("SCRAM-SHA-256" | "PLAIN" | "LOGIN" | "CRAM-MD5" | "XOAUTH2")[];
                messagesPerConnection?: number;
                port: number;
                ratePerSecond?: number;
                region?: string;
                /** @enum {string} */
                security: "implicit" | "starttls" | "opportunistic" | "none";
                username?: string;
            } | null;
            smarthostSecret?: string;
        };
        NewList: {
            description?: string;
            name: string;
            /** @enum {string} */
            optIn?: "single" | "double";
        };
        NewSuppression: {
            address: string;
            /** Format: date-time */
            expires_at?: string;
            note?: string;
            /**
             * @default manual
             * @enum {string}
             */
            reason?: "hard-bounce" | "complaint" | "unsubscribe" | "manual" | "policy";
            /** @enum {string} */
            scope?: "all" | "marketing";
        };
        NewSuppressions: {
            suppressions: components["schemas"]["NewSuppression"][];
        };
        NewTemplate: {
            /** @enum {string} */
            direction?: "ltr" | "rtl";
            /** @default en */
            language?: string;
            /**
             * @default empty
             * @enum {string}
             */
            missingValues?: "empty" | "strict";
            name: string;
            /** @default  */
            preheader?: string;
            source: string;
            subject: string;
            /** @default null */
            textSource?: string | null;
        };
        NewTopic: {
            /**
             * @default opt_in
             * @enum {string}
             */
            default_subscription?: "opt_in" | "opt_out";
            description?: string;
            name: string;
            names?: {
                [key: string]: {
                    description?: string;
                    name: string;
                };
            };
        };
        NewWebhook: {
            description?: string;
            endpoint: string;
            events: ("email.sent" | "email.delivered" | "email.delivery_delayed" | "email.bounced" | "email.failed" | "email.canceled" | "email.delivery_unknown" | "email.suppressed" | "email.opened" | "email.clicked" | "email.unsubscribed" | "email.complained" | "email.replied" | "email.auto_replied" | "email.received")[];
        };
        PostmarkBatch: unknown[];
        PostmarkEmail: {
            Attachments?: {
                Content: string;
                ContentID?: string | null;
                ContentLength?: number | null;
                ContentType?: string | null;
                Disposition?: string | null;
                Name: string;
            }[] | null;
            Bcc?: string | null;
            Cc?: string | null;
            From: string;
            Headers?: {
                Name: string;
                Value: string;
            }[] | null;
            HtmlBody?: string | null;
            InlineCss?: boolean | null;
            MessageStream?: string | null;
            Metadata?: {
                [key: string]: string;
            } | null;
            ReplyTo?: string | null;
            Subject?: string | null;
            Tag?: string | null;
            TextBody?: string | null;
            To?: string | null;
            /** @enum {string|null} */
            TrackLinks?: "None" | "HtmlAndText" | "HtmlOnly" | "TextOnly" | null;
            TrackOpens?: boolean | null;
        };
        PostmarkTemplateBatch: {
            Messages: components["schemas"]["PostmarkBatch"];
        };
        PostmarkTemplateEmail: {
            Attachments?: {
                Content: string;
                ContentID?: string | null;
                ContentLength?: number | null;
                ContentType?: string | null;
                Disposition?: string | null;
                Name: string;
            }[] | null;
            Bcc?: string | null;
            Cc?: string | null;
            From: string;
            Headers?: {
                Name: string;
                Value: string;
            }[] | null;
            InlineCss?: boolean | null;
            MessageStream?: string | null;
            Metadata?: {
                [key: string]: string;
            } | null;
            ReplyTo?: string | null;
            Tag?: string | null;
            TemplateAlias?: string | null;
            TemplateId?: (number | string) | null;
            TemplateModel: {
                [key: string]: unknown;
            };
            To?: string | null;
            /** @enum {string|null} */
            TrackLinks?: "None" | "HtmlAndText" | "HtmlOnly" | "TextOnly" | null;
            TrackOpens?: boolean | null;
        };
        QuarantineSelection: {
            ids: string[];
        };
        Queue: {
            readonly data: components["schemas"]["Lane"][];
            has_more: boolean;
            object: string;
            readonly orders: components["schemas"]["QueueOrder"][];
            waiting: number;
        };
        QueueChange: {
            changed: number;
            in_hand: number;
        };
        QueueEnd: {
            /** Format: uuid */
            campaignId?: string;
            domain?: string;
            everything?: boolean;
            /** @default  */
            reason?: string;
            /**
             * @default workspace
             * @enum {string}
             */
            scope?: "workspace" | "instance";
            site?: string;
            /** Format: uuid */
            workspaceId?: string;
        };
        QueueMove: {
            /** Format: uuid */
            campaignId?: string;
            domain?: string;
            everything?: boolean;
            /** @default  */
            reason?: string;
            /**
             * @default workspace
             * @enum {string}
             */
            scope?: "workspace" | "instance";
            site?: string;
            toPool?: string;
            toSource?: string;
            /** Format: uuid */
            workspaceId?: string;
        };
        QueueOrder: {
            action: string;
            campaign_id: string | null;
            /** Format: date-time */
            created_at: string;
            domain: string | null;
            id: string;
            object: string;
            ordered_by: string;
            reason: string;
            site: string | null;
            /** Format: date-time */
            until: string | null;
            workspace_id: string | null;
        };
        QueueResumed: {
            changed: number;
            lifted: number;
        };
        QueueSelection: {
            /** Format: uuid */
            campaignId?: string;
            domain?: string;
            everything?: boolean;
            /**
             * @default workspace
             * @enum {string}
             */
            scope?: "workspace" | "instance";
            site?: string;
            /** Format: uuid */
            workspaceId?: string;
        };
        QueueSuspension: {
            /** Format: uuid */
            campaignId?: string;
            domain?: string;
            everything?: boolean;
            /** @default  */
            reason?: string;
            /**
             * @default workspace
             * @enum {string}
             */
            scope?: "workspace" | "instance";
            site?: string;
            /** Format: date-time */
            until?: string;
            /** Format: uuid */
            workspaceId?: string;
        };
        RenderedMail: {
            html: string;
            preheader: string;
            subject: string;
            text: string;
        };
        RescheduleEmail: {
            scheduled_at: string;
        };
        SendBatch: unknown[];
        SendEmail: {
            attachments?: {
                content?: (string | {
                    data: number[];
                    /** @enum {string} */
                    type: "Buffer";
                }) | null;
                content_id?: string | null;
                content_type?: string | null;
                filename?: (string | false) | null;
                path?: string | null;
            }[] | null;
            bcc?: (string | string[]) | null;
            cc?: (string | string[]) | null;
            expires_at?: string | null;
            from: string;
            headers?: {
                [key: string]: string;
            } | null;
            html?: string | null;
            metadata?: {
                [key: string]: string;
            } | null;
            /** @enum {string|null} */
            priority?: "high" | "normal" | "low" | null;
            reply_to?: (string | string[]) | null;
            scheduled_at?: string | null;
            stream?: string | null;
            subject?: string | null;
            tags?: {
                name: string;
                value: string;
            }[] | null;
            template?: {
                id: string;
                variables?: {
                    [key: string]: unknown;
                } | null;
            } | null;
            text?: string | null;
            to: string | string[];
            topic_id?: string | null;
            tracking?: {
                clicks?: boolean;
                opens?: boolean;
            } | null;
        };
        SendGridMail: {
            attachments?: {
                content: string;
                content_id?: string | null;
                disposition?: string | null;
                filename: string;
                type?: string | null;
            }[] | null;
            categories?: string[] | null;
            content?: {
                type: string;
                value: string;
            }[] | null;
            custom_args?: {
                [key: string]: string;
            } | null;
            from: {
                email: string;
                name?: string | null;
            };
            headers?: {
                [key: string]: string;
            } | null;
            mail_settings?: ({
                sandbox_mode?: ({
                    enable?: boolean | null;
                } & {
                    [key: string]: unknown;
                }) | null;
            } & {
                [key: string]: unknown;
            }) | null;
            personalizations: {
                bcc?: {
                    email: string;
                    name?: string | null;
                }[] | null;
                cc?: {
                    email: string;
                    name?: string | null;
                }[] | null;
                custom_args?: {
                    [key: string]: string;
                } | null;
                dynamic_template_data?: {
                    [key: string]: unknown;
                } | null;
                from?: {
                    email: string;
                    name?: string | null;
                } | null;
                headers?: {
                    [key: string]: string;
                } | null;
                send_at?: number | null;
                subject?: string | null;
                substitutions?: {
                    [key: string]: string;
                } | null;
                to: {
                    email: string;
                    name?: string | null;
                }[];
            }[];
            reply_to?: {
                email: string;
                name?: string | null;
            } | null;
            reply_to_list?: {
                email: string;
                name?: string | null;
            }[] | null;
            send_at?: number | null;
            subject?: string | null;
            template_id?: string | null;
            tracking_settings?: ({
                click_tracking?: ({
                    enable?: boolean | null;
                } & {
                    [key: string]: unknown;
                }) | null;
                open_tracking?: ({
                    enable?: boolean | null;
                } & {
                    [key: string]: unknown;
                }) | null;
            } & {
                [key: string]: unknown;
            }) | null;
        };
        Session: {
            email: string;
            is_instance_admin: boolean;
            name: string;
            role: string;
            workspace: string;
        };
        SignIn: {
            email: string;
            password: string;
        };
        Status: {
            /** @enum {string} */
            delivery: "sandbox" | "live";
            readonly lanes: {
                /** Format: date-time */
                next_due: string | null;
                provider: string;
                reason: string;
                site: string;
                /** Format: date-time */
                suspended_until: string | null;
                waiting: number;
            }[];
            mta_workers: number;
            waiting: number;
        };
        Suppression: {
            address: string;
            /** Format: date-time */
            created_at: string;
            created_by: string | null;
            delivery_id: string | null;
            event_id: string | null;
            /** Format: date-time */
            expires_at: string | null;
            id: string;
            note: string;
            object: string;
            /** @enum {string} */
            reason: "hard-bounce" | "complaint" | "unsubscribe" | "manual" | "policy";
            /** @enum {string} */
            scope: "all" | "marketing";
            source: string;
        };
        SuppressionCheck: {
            addresses: string[];
            /**
             * @default marketing
             * @enum {string}
             */
            stream?: "marketing" | "transactional";
        };
        SuppressionOverride: {
            address: string;
            /** Format: date-time */
            expires_at?: string;
            note?: string;
        };
        SuppressionPage: {
            readonly data: components["schemas"]["Suppression"][];
            has_more: boolean;
            next_cursor: string | null;
            object: string;
        };
        SuppressionRemoval: {
            addresses: string[];
            /** @enum {string} */
            scope?: "all" | "marketing";
        };
        Template: {
            /** @enum {string} */
            direction: "ltr" | "rtl";
            id: string;
            language: string;
            readonly links: {
                isDynamic: boolean;
                position: number;
                url: string;
            }[];
            /** @enum {string} */
            missing_values: "empty" | "strict";
            name: string;
            object: string;
            preheader: string;
            source: string;
            subject: string;
            text_source: string | null;
            version: number;
            readonly warnings?: {
                code: string;
                line?: number;
                message: string;
            }[];
        };
        TemplateDraft: {
            contact?: string;
            /** @enum {string} */
            direction?: "ltr" | "rtl";
            /** @default en */
            language?: string;
            /**
             * @default empty
             * @enum {string}
             */
            missingValues?: "empty" | "strict";
            /** @default  */
            preheader?: string;
            source: string;
            subject: string;
            /** @default null */
            textSource?: string | null;
            /** @default {} */
            values?: {
                [key: string]: unknown;
            };
        };
        TemplateGallery: {
            readonly data: {
                category: string;
                description: {
                    en: string;
                    fa: string;
                };
                en: {
                    preheader: string;
                    sample: {
                        [key: string]: unknown;
                    };
                    subject: string;
                };
                fa: {
                    preheader: string;
                    sample: {
                        [key: string]: unknown;
                    };
                    subject: string;
                };
                key: string;
                name: {
                    en: string;
                    fa: string;
                };
            }[];
            has_more: boolean;
            object: string;
        };
        TemplatePartial: {
            source: string;
        };
        TemplatePatch: {
            /** @enum {string} */
            direction?: "ltr" | "rtl";
            language?: string;
            /** @enum {string} */
            missingValues?: "empty" | "strict";
            name?: string;
            preheader?: string;
            source?: string;
            subject?: string;
            textSource?: string | null;
        };
        TemplatePreview: {
            html: string;
            preheader: string;
            subject: string;
            text: string;
            readonly warnings: {
                code: string;
                line?: number;
                message: string;
            }[];
        };
        Templates: {
            readonly data: {
                /** @enum {string} */
                direction: "ltr" | "rtl";
                id: string;
                language: string;
                name: string;
                object: string;
                subject: string;
                /** Format: date-time */
                updated_at: string;
            }[];
            has_more: boolean;
            object: string;
        };
        Thread: {
            address: string;
            campaign_id: string | null;
            contact_id: string | null;
            /** Format: date-time */
            created_at: string;
            delivery_id: string | null;
            id: string;
            /** Format: date-time */
            last_message_at: string;
            readonly messages: {
                /** Format: date-time */
                at: string;
                delivery_id: string | null;
                /** @enum {string} */
                direction: "in" | "out";
                from: string;
                id: string;
                inbound_id: string | null;
                kind: string;
                message_id: string;
                object: string;
                subject: string;
                text: string;
            }[];
            messages_total: number;
            object: string;
            open: boolean;
            subject: string;
        };
        ThreadPage: {
            readonly data: {
                address: string;
                campaign_id: string | null;
                contact_id: string | null;
                /** Format: date-time */
                created_at: string;
                delivery_id: string | null;
                id: string;
                /** Format: date-time */
                last_message_at: string;
                messages_total: number;
                object: string;
                open: boolean;
                subject: string;
            }[];
            has_more: boolean;
            next_cursor: string | null;
            object: string;
        };
        ThreadPatch: {
            junk?: boolean;
            open?: boolean;
        };
        TopicPatch: {
            description?: string;
            name?: string;
            names?: {
                [key: string]: {
                    description?: string;
                    name: string;
                };
            };
        };
        WarmupPlanSettings: {
            ramp: {
                /** @enum {string} */
                kind: "list";
                perDay: number[];
            } | {
                cap: number;
                factor: number;
                /** @enum {string} */
                kind: "factor";
                start: number;
            };
            /** @default * */
            site?: string;
            source: string;
            step?: number;
            thresholds?: {
                /**
                 * @default {
                 *       "hold": 0.03,
                 *       "back": 0.08
                 *     }
                 */
                bounced?: {
                    /** @default 0.08 */
                    back?: number;
                    /** @default 0.03 */
                    hold?: number;
                };
                /**
                 * @default {
                 *       "hold": 0.001,
                 *       "back": 0.003
                 *     }
                 */
                complained?: {
                    /** @default 0.003 */
                    back?: number;
                    /** @default 0.001 */
                    hold?: number;
                };
                /**
                 * @default {
                 *       "hold": 0.05,
                 *       "back": 0.2
                 *     }
                 */
                deferred?: {
                    /** @default 0.2 */
                    back?: number;
                    /** @default 0.05 */
                    hold?: number;
                };
            };
        };
        Webhook: {
            /** Format: date-time */
            created_at: string;
            description: string;
            endpoint: string;
            readonly events: string[];
            /** Format: date-time */
            failing_since: string | null;
            id: string;
            object: string;
            /** @enum {string} */
            status: "enabled" | "disabled";
            status_reason: string;
        };
        WebhookMade: {
            /** Format: date-time */
            created_at: string;
            description: string;
            endpoint: string;
            readonly events: string[];
            /** Format: date-time */
            failing_since: string | null;
            id: string;
            object: string;
            signing_secret: string;
            /** @enum {string} */
            status: "enabled" | "disabled";
            status_reason: string;
        };
        WebhookMessage: {
            readonly attempts: {
                /** Format: date-time */
                at: string;
                duration_ms: number;
                error: string;
                response: string;
                status_code: number | null;
            }[];
            /** Format: date-time */
            created_at: string;
            event_id: string;
            id: string;
            last_error: string;
            last_status_code: number | null;
            /** Format: date-time */
            next_attempt_at: string | null;
            object: string;
            /** @enum {string} */
            state: "waiting" | "delivered" | "given_up";
            tries: number;
            type: string;
        };
        WebhookMessageRef: {
            id: string;
            object: string;
        };
        WebhookMessages: {
            readonly data: {
                /** Format: date-time */
                created_at: string;
                event_id: string;
                id: string;
                last_error: string;
                last_status_code: number | null;
                /** Format: date-time */
                next_attempt_at: string | null;
                object: string;
                /** @enum {string} */
                state: "waiting" | "delivered" | "given_up";
                tries: number;
                type: string;
            }[];
            has_more: boolean;
            object: string;
        };
        WebhookPatch: {
            description?: string;
            endpoint?: string;
            events?: ("email.sent" | "email.delivered" | "email.delivery_delayed" | "email.bounced" | "email.failed" | "email.canceled" | "email.delivery_unknown" | "email.suppressed" | "email.opened" | "email.clicked" | "email.unsubscribed" | "email.complained" | "email.replied" | "email.auto_replied" | "email.received")[];
            /** @enum {string} */
            status?: "enabled" | "disabled";
        };
        WebhookReplay: {
            /** @default true */
            only_failed?: boolean;
            /** Format: date-time */
            since: string;
            /** Format: date-time */
            until: string;
        };
        WebhookReplayed: {
            messages: number;
            object: string;
        };
        WebhookRotation: {
            /** @default 24 */
            overlap_hours?: number;
        };
        Webhooks: {
            readonly data: {
                /** Format: date-time */
                created_at: string;
                description: string;
                endpoint: string;
                readonly events: string[];
                /** Format: date-time */
                failing_since: string | null;
                id: string;
                object: string;
                /** @enum {string} */
                status: "enabled" | "disabled";
                status_reason: string;
            }[];
            has_more: boolean;
            object: string;
        };
        WebhookSecret: {
            id: string;
            object: string;
            /** Format: date-time */
            old_secret_valid_until: string | null;
            signing_secret: string;
        };
        WebhookTest: {
            /**
             * @default email.delivered
             * @enum {string}
             */
            type?: "email.sent" | "email.delivered" | "email.delivery_delayed" | "email.bounced" | "email.failed" | "email.canceled" | "email.delivery_unknown" | "email.suppressed" | "email.opened" | "email.clicked" | "email.unsubscribed" | "email.complained" | "email.replied" | "email.auto_replied" | "email.received";
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    "ApiKeysController_list[1]": {
        parameters: {
            query?: {
                after?: string;
                before?: string;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApiKeys"];
                };
            };
        };
    };
    "ApiKeysController_create[1]": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewApiKey"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApiKeyMade"];
                };
            };
        };
    };
    "ApiKeysController_revoke[1]": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    AuditController_list: {
        parameters: {
            query?: {
                limit?: number;
                scope?: "workspace" | "instance";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditEntries"];
                };
            };
        };
    };
    CampaignsController_list: {
        parameters: {
            query?: {
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CampaignList"];
                };
            };
        };
    };
    CampaignsController_create: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewCampaign"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Campaign"];
                };
            };
        };
    };
    CampaignsController_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Campaign"];
                };
            };
        };
    };
    CampaignsController_delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    CampaignsController_update: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CampaignPatch"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Campaign"];
                };
            };
        };
    };
    CampaignsController_audit: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LedgerAudit"];
                };
            };
        };
    };
    CampaignsController_cancel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Campaign"];
                };
            };
        };
    };
    CampaignsController_checks: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CampaignChecks"];
                };
            };
        };
    };
    CampaignsController_pause: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Campaign"];
                };
            };
        };
    };
    CampaignsController_preview: {
        parameters: {
            query?: {
                contact?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RenderedMail"];
                };
            };
        };
    };
    CampaignsController_report: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CampaignReport"];
                };
            };
        };
    };
    CampaignsController_resume: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Campaign"];
                };
            };
        };
    };
    CampaignsController_schedule: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CampaignSchedule"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Campaign"];
                };
            };
        };
    };
    CampaignsController_send: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Campaign"];
                };
            };
        };
    };
    CampaignsController_test: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CampaignTest"];
            };
        };
        responses: {
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CampaignTestSent"];
                };
            };
        };
    };
    CampaignsController_unschedule: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Campaign"];
                };
            };
        };
    };
    CampaignsController_audience: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Audience"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AudienceCounts"];
                };
            };
        };
    };
    ContactsController_list: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
                list?: string;
                search?: string;
                status?: "subscribed" | "unsubscribed" | "unconfirmed";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ContactPage"];
                };
            };
        };
    };
    ContactsController_create: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewContact"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Contact"];
                };
            };
        };
    };
    ContactsController_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ContactDetail"];
                };
            };
        };
    };
    ContactsController_delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    ContactsController_update: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ContactPatch"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Contact"];
                };
            };
        };
    };
    ContactsController_setMembership: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                list: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MembershipChange"];
            };
        };
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    "DomainsController_list[1]": {
        parameters: {
            query?: {
                after?: string;
                before?: string;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Domains"];
                };
            };
        };
    };
    "DomainsController_add[1]": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewDomain"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Domain"];
                };
            };
        };
    };
    "DomainsController_get[1]": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Domain"];
                };
            };
        };
    };
    "DomainsController_verify[1]": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Domain"];
                };
            };
        };
    };
    DkimController_records: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DkimRecords"];
                };
            };
        };
    };
    DkimController_rotate: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DkimRecords"];
                };
            };
        };
    };
    DkimController_schedule: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DkimSchedule"];
            };
        };
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    EgressController_listPools: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EgressPools"];
                };
            };
        };
    };
    EgressController_setPool: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EgressPoolMembers"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    EgressController_removePool: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    EgressController_listSources: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EgressSources"];
                };
            };
        };
    };
    EgressController_addSource: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewEgressSource"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    EgressController_showSource: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EgressSource"];
                };
            };
        };
    };
    EgressController_removeSource: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    EgressController_setSource: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EgressSourceChange"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    EgressController_activate: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EgressSourceState"];
                };
            };
        };
    };
    EgressController_disable: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EgressSourceState"];
                };
            };
        };
    };
    EgressController_drain: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EgressSourceState"];
                };
            };
        };
    };
    EgressController_listStreams: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    EgressController_setStream: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                stream: "transactional" | "bulk";
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EgressStreamPool"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    EgressController_unsetStream: {
        parameters: {
            query?: {
                workspaceId?: string;
            };
            header?: never;
            path: {
                stream: "transactional" | "bulk";
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    "EmailsController_list[1]": {
        parameters: {
            query?: {
                after?: string;
                before?: string;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Emails"];
                };
            };
        };
    };
    "EmailsController_send[1]": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SendEmail"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    "EmailsController_get[1]": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Email"];
                };
            };
        };
    };
    "EmailsController_reschedule[1]": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RescheduleEmail"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    "EmailsController_cancel[1]": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    "EmailsController_events[1]": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    "EmailsController_sendBatch[1]": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SendBatch"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    ImportsController_list: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Imports"];
                };
            };
        };
    };
    ImportsController_upload: {
        parameters: {
            query: {
                delimiter?: "," | ";" | "\t" | "|";
                encoding?: string;
                file_name?: string;
                list: string;
                mapping?: string;
                on_duplicate?: "update" | "skip";
                resubscribe?: "true" | "false";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Import"];
                };
            };
        };
    };
    ImportsController_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Import"];
                };
            };
        };
    };
    ImportsController_cancel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Import"];
                };
            };
        };
    };
    ImportsController_errors: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    ImportsController_preview: {
        parameters: {
            query?: {
                delimiter?: "," | ";" | "\t" | "|";
                encoding?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImportPreview"];
                };
            };
        };
    };
    ListsController_list: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ContactLists"];
                };
            };
        };
    };
    ListsController_create: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewList"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ContactList"];
                };
            };
        };
    };
    ListsController_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ContactList"];
                };
            };
        };
    };
    ListsController_delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    ListsController_rename: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ListPatch"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ContactList"];
                };
            };
        };
    };
    MessagesController_trace: {
        parameters: {
            query?: {
                scope?: "workspace" | "instance";
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MessageTraces"];
                };
            };
        };
    };
    QuarantineController_list: {
        parameters: {
            query?: {
                cause?: "virus" | "risk" | "spam";
                cursor?: string;
                limit?: number;
                state?: "held" | "released" | "deleted";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    QuarantineController_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    QuarantineController_delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    QuarantineController_release: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    QuarantineController_deleteMany: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["QuarantineSelection"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    QuarantineController_releaseMany: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["QuarantineSelection"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    QueueController_list: {
        parameters: {
            query?: {
                scope?: "workspace" | "instance";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Queue"];
                };
            };
        };
    };
    QueueController_show: {
        parameters: {
            query?: {
                scope?: "workspace" | "instance";
            };
            header?: never;
            path: {
                lane: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LaneDetail"];
                };
            };
        };
    };
    QueueController_bounce: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["QueueEnd"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QueueChange"];
                };
            };
        };
    };
    QueueController_cancel: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["QueueEnd"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QueueChange"];
                };
            };
        };
    };
    QueueController_move: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["QueueMove"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QueueChange"];
                };
            };
        };
    };
    QueueController_resume: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["QueueSelection"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QueueResumed"];
                };
            };
        };
    };
    QueueController_retry: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["QueueSelection"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QueueChange"];
                };
            };
        };
    };
    QueueController_suspend: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["QueueSuspension"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QueueChange"];
                };
            };
        };
    };
    SessionController_current: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
        };
    };
    SessionController_signIn: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SignIn"];
            };
        };
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    SessionController_signOut: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    StatusController_status: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Status"];
                };
            };
        };
    };
    SuppressionsController_list: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
                reason?: "hard-bounce" | "complaint" | "unsubscribe" | "manual" | "policy";
                scope?: "all" | "marketing";
                search?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SuppressionPage"];
                };
            };
        };
    };
    SuppressionsController_add: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewSuppression"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    SuppressionsController_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                address: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    SuppressionsController_remove: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                address: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    SuppressionsController_addMany: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewSuppressions"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    SuppressionsController_removeMany: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SuppressionRemoval"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    SuppressionsController_check: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SuppressionCheck"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    SuppressionsController_overrides: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    SuppressionsController_allow: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SuppressionOverride"];
            };
        };
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    SuppressionsController_disallow: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                address: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    TemplatesController_list: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Templates"];
                };
            };
        };
    };
    TemplatesController_create: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewTemplate"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Template"];
                };
            };
        };
    };
    TemplatesController_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Template"];
                };
            };
        };
    };
    TemplatesController_update: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TemplatePatch"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Template"];
                };
            };
        };
    };
    TemplatesController_archive: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    TemplatesController_fromGallery: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["FromGallery"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Template"];
                };
            };
        };
    };
    TemplatesController_gallery: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TemplateGallery"];
                };
            };
        };
    };
    TemplatesController_putPartial: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TemplatePartial"];
            };
        };
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    TemplatesController_preview: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TemplateDraft"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TemplatePreview"];
                };
            };
        };
    };
    ThreadsController_list: {
        parameters: {
            query?: {
                campaign_id?: string;
                contact_id?: string;
                cursor?: string;
                junk?: "true" | "false";
                limit?: number;
                open?: "true" | "false";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ThreadPage"];
                };
            };
        };
    };
    ThreadsController_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Thread"];
                };
            };
        };
    };
    ThreadsController_patch: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ThreadPatch"];
            };
        };
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    "TopicsController_list[1]": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    "TopicsController_create[1]": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewTopic"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    "TopicsController_get[1]": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    "TopicsController_delete[1]": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    "TopicsController_change[1]": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TopicPatch"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    WarmupController_list: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    WarmupController_set: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WarmupPlanSettings"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    WarmupController_show: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    WarmupController_remove: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    WarmupController_pause: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    WarmupController_resume: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    "WebhooksController_list[1]": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Webhooks"];
                };
            };
        };
    };
    "WebhooksController_create[1]": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewWebhook"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookMade"];
                };
            };
        };
    };
    "WebhooksController_get[1]": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Webhook"];
                };
            };
        };
    };
    "WebhooksController_delete[1]": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    "WebhooksController_change[1]": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WebhookPatch"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Webhook"];
                };
            };
        };
    };
    "WebhooksController_messages[1]": {
        parameters: {
            query?: {
                after?: string;
                limit?: number;
                state?: "waiting" | "delivered" | "given_up";
                type?: "email.sent" | "email.delivered" | "email.delivery_delayed" | "email.bounced" | "email.failed" | "email.canceled" | "email.delivery_unknown" | "email.suppressed" | "email.opened" | "email.clicked" | "email.unsubscribed" | "email.complained" | "email.replied" | "email.auto_replied" | "email.received";
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookMessages"];
                };
            };
        };
    };
    "WebhooksController_message[1]": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                message: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookMessage"];
                };
            };
        };
    };
    "WebhooksController_replay[1]": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                message: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookMessageRef"];
                };
            };
        };
    };
    "WebhooksController_replaySpan[1]": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WebhookReplay"];
            };
        };
        responses: {
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookReplayed"];
                };
            };
        };
    };
    "WebhooksController_rotate[1]": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WebhookRotation"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookSecret"];
                };
            };
        };
    };
    "WebhooksController_test[1]": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WebhookTest"];
            };
        };
        responses: {
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookMessageRef"];
                };
            };
        };
    };
}
